import type { SearchOutcome } from './index-documents.ts'

/** Whether every search index is up to date, without a rejected document. */
export function isUpToDate(search: readonly SearchOutcome[]): boolean {
  return search.every(({ status }) => status === 'done')
}
