import { MbsyncError } from '../../core/errors.ts'
import type { Finding } from '../../core/finding.ts'
import type { DocumentColumn } from '../search-index.ts'
import type { Account } from './account.ts'
import { type FileCounts, storeIsGone } from './stores.ts'

const NEEDED_COLUMNS = ['id', 'text']

/** Finds what would fail: the key, the balance, the store, the columns; and notes what the store holds. */
export async function checkStore(
  account: Account,
  store: string,
  columns: readonly DocumentColumn[],
): Promise<Finding[]> {
  const subject = `Mixedbread store ${store}`
  const findings = findMissingColumns(columns, subject)
  try {
    const found = await account.stores.find(store)
    if (found === undefined) throw storeIsGone()
    return [...findings, ...noteCounts(found.counts, subject)]
  } catch (error) {
    if (!(error instanceof MbsyncError)) throw error
    const { message, hint } = error
    return [...findings, { severity: 'error', subject, message, ...(hint === undefined ? {} : { hint }) }]
  }
}

/** No columns are no query to check. */
function findMissingColumns(columns: readonly DocumentColumn[], subject: string): Finding[] {
  if (columns.length === 0) return []
  return NEEDED_COLUMNS.filter((needed) => columns.every(({ name }) => name !== needed)).map((name) => ({
    severity: 'error',
    subject,
    message: `The documents have no column "${name}"`,
    hint: 'Documents for Mixedbread have the columns id, text and metadata, and may have file_name and mime_type.',
  }))
}

function noteCounts(
  { total, completed, pending, inProgress, failed, cancelled }: FileCounts,
  subject: string,
) {
  const message = `${total} files: ${completed} searchable, ${pending + inProgress} on their way, ${failed + cancelled} failed`
  return [{ severity: 'note', subject, message } satisfies Finding]
}
