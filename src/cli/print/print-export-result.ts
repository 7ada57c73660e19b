import { countOf, formatCount } from '../../core/count-of.ts'
import { shellWord } from '../../core/shell-word.ts'
import type { ExportedTable, ExportResult } from '../../jobs/export.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { printable, printableName } from '../format/printable.ts'
import { findingLines } from './finding-lines.ts'
import type { Page } from './page.ts'
import { type Column, printTable } from './print-table.ts'

/** Prints what was exported: every table, the totals, and notes. */
export function printExportResult(result: ExportResult, page: Page): void {
  const { paint } = page
  const { path, tables, rows, bytes, storedBytes, sequences, durationMs } = result
  page.line()
  printTable(page, COLUMNS, tables)
  page.line()
  const facts = [
    countOf(tables.length, 'table'),
    countOf(rows, 'row'),
    countOf(sequences, 'sequence'),
    `${formatBytes(bytes)} in ${formatBytes(storedBytes)}`,
  ]
  const done = paint.bold(`Exported to ${printable(path)} in ${formatDuration(durationMs)}`)
  page.prose(`${paint.green('✔')} ${done}: ${facts.join(', ')}.`)
  page.line(paint.dim(`  To restore it: mbsync import ${printable(shellWord(path))} --to <database>`))
  const notes = findingLines(result.notes, paint)
  if (notes.length > 0) page.line()
  for (const line of notes) page.prose(line)
}

const COLUMNS: Column<ExportedTable>[] = [
  { head: 'Table', isElastic: true, cell: (table) => printableName(table) },
  { head: 'Rows', align: 'right', cell: ({ rows }) => formatCount(rows) },
  { head: 'Size', align: 'right', cell: ({ bytes }) => formatBytes(bytes) },
  { head: 'On disk', align: 'right', cell: ({ storedBytes }) => formatBytes(storedBytes) },
]
