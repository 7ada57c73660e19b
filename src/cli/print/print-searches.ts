import { formatCount } from '../../core/count-of.ts'
import type { RunSearch } from '../../state/run-searches.ts'
import { formatDuration } from '../format/format-duration.ts'
import { printable } from '../format/printable.ts'
import { findingLines } from './finding-lines.ts'
import type { Page } from './page.ts'
import { type Column, printTable } from './print-table.ts'

/** Prints what a run that is over did to search indexes, as the state remembers it. */
export function printSearches(search: readonly RunSearch[], page: Page): void {
  const figure = (head: string, value: (run: RunSearch) => number): Column<RunSearch> => {
    return { head, align: 'right', cell: (run) => formatCount(value(run)) }
  }
  printTable(
    page,
    [
      { head: 'Index', cell: ({ searchIndex }) => printable(searchIndex), isElastic: true },
      { head: 'Mode', cell: ({ mode }) => mode },
      { head: 'Status', cell: ({ status }) => status },
      figure('Documents', ({ documents }) => documents),
      figure('Sent', ({ indexed }) => indexed),
      figure('Rejected', ({ rejected }) => rejected),
      figure('Deleted', ({ deleted }) => deleted),
      { head: 'Took', align: 'right', cell: ({ durationMs }) => formatDuration(durationMs) },
    ],
    search,
  )
  for (const { searchIndex, whyInFull, error, hint, findings } of search) {
    const name = page.paint.dim(`${printable(searchIndex)}:`)
    if (whyInFull !== undefined)
      page.prose(`${name} all documents were compared, because ${printable(whyInFull)}`)
    if (error !== undefined) page.prose(`${name} ${printable(error)}`)
    for (const line of findingLines(findings, page.paint)) page.prose(`  ${line}`)
    if (hint !== undefined) page.prose(page.paint.dim(`  ${printable(hint)}`))
  }
}
