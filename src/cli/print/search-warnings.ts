import type { SearchOutcome } from '../../jobs/index-documents.ts'
import type { Warning } from '../../jobs/run-result.ts'

/** What a log should warn of: search indexes that are not up to date. */
export function searchWarnings(search: readonly SearchOutcome[]): Warning[] {
  return search.flatMap(({ searchIndex, status, rejected, error = '', hint }): Warning[] => {
    if (status === 'done') return []
    if (status !== 'rejected') return [{ message: error, ...(hint === undefined ? {} : { hint }) }]
    return [
      {
        message: `${searchIndex}: ${rejected} documents were rejected`,
        hint: '`mbsync typesense --rejected` tells why. They are sent again by the next run.',
      },
    ]
  })
}
