import type { Warning } from '../../jobs/run-result.ts'
import type { SearchOutcome } from '../../jobs/search/index-documents.ts'
import { rejectedCommand } from './print-search.ts'

/** What a log should warn of: search indexes that are not up to date. */
export function searchWarnings(search: readonly SearchOutcome[]): Warning[] {
  return search.flatMap((outcome): Warning[] => {
    const { searchIndex, status, rejected, error = '', hint } = outcome
    if (status === 'done') return []
    if (status !== 'rejected') return [{ message: error, ...(hint === undefined ? {} : { hint }) }]
    return [
      {
        message: `${searchIndex}: ${rejected} documents were rejected`,
        hint: `\`${rejectedCommand(outcome)}\` tells why. They are sent again by the next run.`,
      },
    ]
  })
}
