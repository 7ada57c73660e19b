import { basename } from 'node:path'
import { countOf, formatCount } from '../../core/count-of.ts'
import type { DumpList, ListedDump, PruneResult } from '../../dump/list-dumps.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatTime } from '../format/format-time.ts'
import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'
import { type Column, printTable } from './print-table.ts'

/** Prints what lies in a folder of dumps. */
export function printDumpList({ folder, dumps }: DumpList, page: Page): void {
  if (dumps.length === 0) page.line(`No dumps in ${printable(folder)}.`)
  else printDumps(dumps, page)
}

/** Prints how the dumps that were read are. */
export function printVerifiedDumps({ dumps }: DumpList, page: Page): void {
  const { paint } = page
  printDumps(dumps, page)
  page.line()
  const damaged = dumps.filter(({ state }) => state === 'damaged').length
  const complete = dumps.filter(({ state }) => state === 'complete').length
  if (damaged > 0) page.line(`${paint.red('✖')} ${paint.bold(`${countOf(damaged, 'dump')} damaged.`)}`)
  else
    page.prose(
      `${paint.green('✔')} ${paint.bold(`${countOf(complete, 'dump')} verified:`)} every byte is intact.`,
    )
}

/** Prints what was pruned, or would be. */
export function printPruneResult({ folder, dumps, isDryRun, freedBytes }: PruneResult, page: Page): void {
  if (dumps.length === 0) {
    page.line(`Nothing to remove in ${printable(folder)}.`)
    return
  }
  printDumps(dumps, page)
  page.line()
  const removed = isDryRun ? 'would be removed' : 'removed'
  page.prose(`${countOf(dumps.length, 'dump')} ${removed}, ${formatBytes(freedBytes)} in complete ones.`)
}

function printDumps(dumps: readonly ListedDump[], page: Page): void {
  printTable(page, columns(page.paint), dumps)
  const damaged = dumps.filter(({ problem }) => problem !== undefined)
  if (damaged.length > 0) page.line()
  for (const { problem = '' } of damaged) page.prose(`${page.paint.red('✖')} ${printable(problem)}`)
}

function columns(paint: Paint): Column<ListedDump>[] {
  const fact = (head: string, cell: (summary: NonNullable<ListedDump['summary']>) => string) => ({
    head,
    align: 'right' as const,
    cell: ({ summary }: ListedDump) => (summary === undefined ? '' : cell(summary)),
  })
  return [
    { head: 'Dump', isElastic: true, cell: ({ path }) => printable(basename(path)) },
    { head: 'State', cell: ({ state }) => state, color: (text, { state }) => colorState(text, state, paint) },
    { head: 'Of', isElastic: true, cell: ({ summary }) => printable(summary?.source ?? '') },
    fact('Started', ({ startedAt }) => formatTime(startedAt)),
    { ...fact('Tables', ({ tableCount }) => formatCount(tableCount)), leaveOut: 1 },
    fact('Rows', ({ rows }) => formatCount(rows)),
    { ...fact('Size', ({ bytes }) => formatBytes(bytes)), leaveOut: 2 },
    fact('On disk', ({ storedBytes }) => formatBytes(storedBytes)),
  ]
}

function colorState(text: string, state: ListedDump['state'], paint: Paint): string {
  switch (state) {
    case 'complete':
      return paint.green(text)
    case 'being written':
      return paint.cyan(text)
    case 'damaged':
      return paint.red(text)
    case 'abandoned':
      return paint.yellow(text)
  }
}
