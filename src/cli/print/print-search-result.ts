import { countOf } from '../../core/count-of.ts'
import type { ForgottenIndex } from '../../jobs/search/forget-index.ts'
import type { SearchResult } from '../../jobs/search/index-profile.ts'
import type { RejectedReport } from '../../jobs/search/rejected-documents.ts'
import type { IndexRollback } from '../../jobs/search/roll-back-index.ts'
import { formatDuration } from '../format/format-duration.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'
import { printSearch } from './print-search.ts'
import { printTable } from './print-table.ts'

/** Prints what a run did that was for search indexes alone. */
export function printSearchResult({ runId, durationMs, search }: SearchResult, page: Page): void {
  page.line()
  printSearch(search, page)
  page.line(page.paint.dim(`Run ${runId} took ${formatDuration(durationMs)}.`))
}

/** Prints the documents that servers rejected, and why. */
export function printRejected({ indexes, output }: RejectedReport, page: Page): void {
  for (const { searchIndex, documents } of indexes) {
    page.line(`${page.paint.bold(printable(searchIndex))}: ${countOf(documents.length, 'rejected document')}`)
    if (documents.length === 0) continue
    printTable(
      page,
      [
        { head: 'Id', cell: ({ id }) => printable(id), isElastic: true },
        { head: 'Run', align: 'right', cell: ({ runId }) => String(runId) },
        { head: 'Error', cell: ({ error }) => printable(error), isElastic: true },
      ],
      documents,
    )
  }
  if (indexes.length === 0) page.line('No search index has been brought up to date yet.')
  if (output !== undefined) page.line(`Written with their text to ${printable(output)}`)
}

/** Prints which collections searches reach again. */
export function printIndexRollback({ indexes }: IndexRollback, page: Page): void {
  for (const { searchIndex, collection } of indexes)
    page.prose(
      `${page.paint.green('✔')} ${page.paint.bold(printable(searchIndex))} searches ${printable(collection)} again`,
    )
}

/** Prints what was forgotten of a search index, and what stays of it. */
export function printForgotten({ searchIndex, collections }: ForgottenIndex, page: Page): void {
  page.line(`${page.paint.green('✔')} ${page.paint.bold(printable(searchIndex))} is forgotten`)
  page.line(page.paint.dim(`  Still on the server: ${collections.map(printable).join(', ')}`))
}
