import { changedRows, sumOutcomes } from '../../api/sum-outcomes.ts'
import { countOf, formatCount } from '../../core/count-of.ts'
import type { RowCounts } from '../../core/row-counts.ts'
import type { TableOutcome } from '../../run/run-result.ts'
import { formatDuration } from '../format/format-duration.ts'
import type { Paint } from '../format/paint.ts'
import { printableName } from '../format/printable.ts'
import type { Page } from './page.ts'
import { type Column, figure, printTable } from './print-table.ts'

interface Line extends RowCounts {
  readonly label: string
  readonly durationMs?: number
  readonly isTotal?: boolean
}

/** With more unchanged tables than this, they share one line. */
const MOST_UNCHANGED_LINES = 30

/** Prints what a run did to every table, and their totals. */
export function printOutcomes(tables: readonly TableOutcome[], page: Page): void {
  if (tables.length === 0) return
  const total: Line = { label: 'Total', ...sumOutcomes(tables), isTotal: true }
  printTable(page, columns(page.paint), [...linesOf(tables, page.isVerbose), total])
  page.line()
}

/** What changed in a sentence: `1,234 rows changed in 3 of 24 tables`. */
export function describeChanges(tables: readonly TableOutcome[]): string {
  const changedTables = tables.filter((table) => changedRows(table) > 0).length
  const rows = countOf(changedRows(sumOutcomes(tables)), 'row')
  return `${rows} changed in ${formatCount(changedTables)} of ${countOf(tables.length, 'table')}`
}

/** How many sequences were set, if any were. */
export function describeSequences(count: number): string[] {
  return count === 0 ? [] : [`${countOf(count, 'sequence')} set`]
}

function linesOf(tables: readonly TableOutcome[], isVerbose: boolean): Line[] {
  const toLine = (table: TableOutcome): Line => ({ ...table, label: printableName(table.table) })
  const unchanged = tables.filter((table) => changedRows(table) === 0)
  if (isVerbose || unchanged.length <= MOST_UNCHANGED_LINES) return tables.map(toLine)
  const changed = tables.filter((table) => changedRows(table) > 0)
  const rest = { label: `${formatCount(unchanged.length)} unchanged tables`, ...sumOutcomes(unchanged) }
  return [...changed.map(toLine), rest]
}

function columns(paint: Paint): Column<Line>[] {
  return [
    {
      head: 'Table',
      isElastic: true,
      cell: ({ label }) => label,
      color: (text, { isTotal }) => (isTotal ? paint.bold(text) : text),
    },
    figure('Inserted', ({ inserted }) => inserted, paint, paint.green),
    figure('Updated', ({ updated }) => updated, paint, paint.yellow),
    figure('Deleted', ({ deleted }) => deleted, paint, paint.red),
    figure('Unchanged', ({ unchanged }) => unchanged, paint, paint.dim),
    {
      head: 'Time',
      align: 'right',
      cell: ({ durationMs }) => (durationMs === undefined ? '' : formatDuration(durationMs)),
      color: paint.dim,
    },
  ]
}
