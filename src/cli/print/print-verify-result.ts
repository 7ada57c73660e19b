import { countOf, formatCount } from '../../core/count-of.ts'
import type { VerifyResult } from '../../jobs/verify.ts'
import type { VerifiedTable } from '../../run/verify/verified-table.ts'
import { formatDuration } from '../format/format-duration.ts'
import type { Paint } from '../format/paint.ts'
import { printable, printableName } from '../format/printable.ts'
import { findingLines } from './finding-lines.ts'
import type { Page } from './page.ts'
import { type Column, printTable } from './print-table.ts'

const KINDS = {
  missing: 'missing in the target',
  extra: 'only in the target',
  changed: 'not the same',
} as const

/** Prints how two databases compare, and which rows differ. */
export function printVerifyResult(result: VerifyResult, page: Page): void {
  const { tables, notes } = result
  const keeps = tables.some(({ kept = 0 }) => kept > 0)
  printTable(page, columns(page.paint, keeps), tables)
  for (const table of tables) printDetails(table, page)
  page.line()
  for (const line of findingLines(notes, page.paint)) page.prose(line)
  page.prose(verdict(result, page.paint))
}

function printDetails(
  { table, differences, reason, isComplete, changedByAfter, ...counts }: VerifiedTable,
  page: Page,
): void {
  if (reason !== undefined) {
    page.line()
    page.prose(`${page.paint.yellow('⚠')} ${printableName(table)} ${printable(reason)}`)
  }
  if (changedByAfter !== undefined) {
    page.line()
    const cause = `SQL of \`after\` changed it in run ${changedByAfter}: this probably explains the differences`
    page.prose(`${page.paint.yellow('!')} ${printableName(table)}: ${cause}`)
  }
  if (differences.length === 0) return
  page.line()
  page.line(page.paint.bold(printableName(table)))
  for (const { kind, key } of differences) page.line(`  ${printable(key)} ${page.paint.dim(KINDS[kind])}`)
  const more = counts.missing + counts.extra + counts.changed - differences.length
  if (!isComplete) page.line(page.paint.dim('  and more'))
  else if (more > 0) page.line(page.paint.dim(`  and ${formatCount(more)} more`))
}

function columns(paint: Paint, keeps: boolean): Column<VerifiedTable>[] {
  const figure = (
    head: string,
    value: (table: VerifiedTable) => number,
    isLeast: boolean,
  ): Column<VerifiedTable> => ({
    head,
    align: 'right',
    cell: (table) => {
      if (table.status === 'not compared') return ''
      return isLeast && !table.isComplete ? `≥${formatCount(value(table))}` : formatCount(value(table))
    },
    color: (text, table) => (value(table) === 0 ? paint.dim(text) : text),
  })
  return [
    { head: 'Table', isElastic: true, cell: ({ table }) => printableName(table) },
    {
      head: 'Status',
      cell: ({ status }) => status,
      color: (text, { status }) => colorStatus(text, status, paint),
    },
    figure('Source', ({ sourceRows }) => sourceRows, false),
    figure('Target', ({ targetRows }) => targetRows, false),
    figure('Missing', ({ missing }) => missing, true),
    figure('Extra', ({ extra }) => extra, true),
    figure('Changed', ({ changed }) => changed, true),
    ...(keeps ? [figure('Kept', ({ kept = 0 }) => kept, true)] : []),
  ]
}

function colorStatus(text: string, status: VerifiedTable['status'], paint: Paint): string {
  if (status === 'equal') return paint.green(text)
  return status === 'different' ? paint.red(text) : paint.yellow(text)
}

function verdict({ tables, notes, samplePercent, durationMs }: VerifyResult, paint: Paint): string {
  const count = (status: VerifiedTable['status']) => tables.filter((table) => table.status === status).length
  const [equal, different, skipped] = [count('equal'), count('different'), count('not compared')]
  const sample = samplePercent === 100 ? '' : `, in a sample of ${samplePercent} %`
  const facts = [
    `${countOf(equal, 'table')} equal`,
    ...(different > 0 ? [`${formatCount(different)} different`] : []),
    ...(skipped > 0 ? [`${formatCount(skipped)} not compared`] : []),
  ]
  const beside = notes.length > 0 ? '; other rows not compared, see above' : ''
  const mark = different > 0 ? paint.red('✖') : skipped > 0 ? paint.yellow('⚠') : paint.green('✔')
  return `${mark} ${paint.bold(facts.join(', '))}${sample}${beside}, in ${formatDuration(durationMs)}.`
}
