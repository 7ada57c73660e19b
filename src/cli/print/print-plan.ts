import { profileArguments } from '../../config/command-arguments.ts'
import { countOf, formatCount } from '../../core/count-of.ts'
import { countKinds, describeCreated } from '../../run/creation/describe-created.ts'
import { describeSkipped } from '../../run/describe-skipped.ts'
import { countTopics, describeTopics } from '../../run/follow/plan-follow.ts'
import { type DatabaseFacts, type PlannedTable, type RunPlan, UNDECIDED } from '../../run/run-plan.ts'
import { describeMore } from '../../schema/diff/describe-more.ts'
import { countErrors } from '../count-errors.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import type { Paint } from '../format/paint.ts'
import { printable, printableName } from '../format/printable.ts'
import { findingLines } from './finding-lines.ts'
import type { Page } from './page.ts'
import { type Column, printTable } from './print-table.ts'
import { warningLines } from './warning-lines.ts'

const LOAD = 'rows go straight into the tables; sessions that read them wait until the run ends'

const SWAP = 'a new database is built and takes the name of the target; sessions are ended once, at the end'

const MERGE_MODES = {
  'replica role': 'with session_replication_role = replica: triggers and foreign keys are off',
  owner: 'as the owner of the tables: triggers are disabled, foreign keys stay on',
} as const

/** Prints what a run would do, what validation found, and whether `command` would carry it out. */
export function printPlan(plan: RunPlan, command: string, page: Page): void {
  const { paint } = page
  printPlannedTables(plan, page)
  printCreated(plan, page)
  printFollowed(plan, page)
  printAfter(plan, page)
  if (plan.more !== undefined && plan.more.count > 0) {
    page.line()
    page.prose(describeMore(profileArguments(plan.profile), plan.more))
  }
  if (plan.findings.length + plan.skipped.length > 0) page.line()
  for (const line of findingLines(plan.findings, paint)) page.prose(line)
  for (const warning of describeSkipped(plan.skipped, 'before'))
    for (const line of warningLines(warning, paint)) page.prose(line)
  page.line()
  page.prose(verdict(plan, command, paint))
}

/** How much is created in one line, then each object by its name. */
function printCreated({ creates }: RunPlan, page: Page): void {
  if (creates.length === 0) return
  page.line()
  page.prose(`Created first: ${describeCreated(countKinds(creates))}.`)
  for (const { identity } of creates) page.prose(page.paint.dim(`  ${printable(identity)}`))
}

/** How much is changed in one line, then each change. */
function printFollowed({ follows }: RunPlan, page: Page): void {
  if (follows.length === 0) return
  page.line()
  page.prose(`Changed in the schema with the merge: ${describeTopics(countTopics(follows))}.`)
  for (const { identity, what } of follows)
    page.prose(page.paint.dim(`  ${printable(`${identity}: ${what}`)}`))
}

/** The SQL files that run last, in their order. */
function printAfter({ after = [] }: RunPlan, page: Page): void {
  if (after.length === 0) return
  page.line()
  page.prose(`After the rows, ${countOf(after.length, 'SQL file')} run in this order:`)
  for (const { file, statements } of after)
    page.prose(page.paint.dim(`  ${printable(file)}: ${countOf(statements, 'statement')}`))
}

/** Prints which tables a run would bring over, and how. */
export function printPlannedTables(plan: RunPlan, page: Page): void {
  printFacts(plan, page)
  page.line()
  if (plan.tables.length === 0) page.line('No tables.')
  else printTables(plan, page)
}

function printFacts(plan: RunPlan, page: Page): void {
  const fact = (label: string, text: string) => page.prose(`${page.paint.dim(label.padEnd(8))}${text}`)
  fact('Profile', page.paint.bold(printable(plan.profile)))
  fact('Source', describeDatabase(plan.source))
  fact('Target', describeDatabase(plan.target))
  const { kind, reason } = plan.strategy
  if (kind === 'load') fact('Load', LOAD)
  else if (kind === 'swap') fact('Swap', SWAP)
  else fact('Merge', MERGE_MODES[plan.mergeMode])
  fact('Why', printable(reason))
  const { expected } = plan
  if (expected !== undefined)
    fact('Takes', `about ${formatDuration(expected.ms)}, as run ${expected.runId} did`)
}

function describeDatabase({ name, database, serverVersion }: DatabaseFacts): string {
  return printable(`${name}: database ${database}, PostgreSQL ${serverVersion}`)
}

function printTables({ tables, sequences }: RunPlan, page: Page): void {
  const reasons = new Set(tables.map(({ read }) => `${read.kind}: ${read.reason}`))
  const isCounted = tables.some(({ changes }) => changes !== undefined)
  const [sameReason] = reasons.size === 1 ? reasons : []
  printTable(page, columns(page.paint, sameReason === undefined, isCounted), tables)
  page.line()
  const rows = tables.reduce((sum, { estimatedRows = 0 }) => sum + estimatedRows, 0)
  const uncounted = tables.filter(({ estimatedRows }) => estimatedRows === undefined).length
  const bytes = tables.reduce((sum, { estimatedBytes }) => sum + estimatedBytes, 0)
  const total = `${countOf(tables.length, 'table')}, ${countOf(sequences, 'sequence')}`
  page.prose(`${total}, ${describeRows(rows, uncounted, tables.length)}${formatBytes(bytes)}.`)
  if (sameReason !== undefined && tables[0]?.read.reason !== UNDECIDED)
    page.prose(`Read ${printable(sameReason)}.`)
  printChanges(tables, page)
}

/** A table that was never analyzed has no estimate. */
function describeRows(rows: number, uncounted: number, tables: number): string {
  if (uncounted === tables && tables > 0) return ''
  const without = uncounted === 0 ? '' : ` (without ${countOf(uncounted, 'table')} not analyzed yet)`
  return `about ${countOf(rows, 'row')}${without} and `
}

/** What the run would write in all tables, and which of them could not be counted. */
function printChanges(tables: readonly PlannedTable[], page: Page): void {
  const changes = tables.flatMap(({ changes: each }) => (each === undefined ? [] : [each]))
  if (changes.length === 0) return
  const total = (name: ChangeName) =>
    formatCount(changes.reduce((sum, each) => sum + ('notCounted' in each ? 0 : each[name]), 0))
  const facts = CHANGES.map((name) => `${total(name)} ${name}`).join(', ')
  page.prose(`Rows to write: ${facts}.`)
  for (const { table, changes: each } of tables) {
    if (each !== undefined && 'notCounted' in each)
      page.prose(
        `${page.paint.yellow('!')} ${printableName(table)}: not counted: ${printable(each.notCounted)}`,
      )
  }
}

const CHANGES = ['inserted', 'updated', 'deleted'] as const
type ChangeName = (typeof CHANGES)[number]

function changeColumn(name: ChangeName): Column<PlannedTable> {
  return {
    head: `${name[0]?.toUpperCase()}${name.slice(1)}`,
    align: 'right',
    cell: ({ changes }) =>
      changes === undefined || 'notCounted' in changes ? '?' : formatCount(changes[name]),
  }
}

function columns(paint: Paint, hasReasons: boolean, isCounted: boolean): Column<PlannedTable>[] {
  const reason: Column<PlannedTable> = {
    head: 'Reason',
    cell: ({ read }) => printable(read.reason),
    color: paint.dim,
    isElastic: true,
  }
  return [
    { head: 'Table', cell: ({ table }) => printableName(table), isElastic: true },
    { head: 'Read', cell: ({ read }) => (read.reason === UNDECIDED ? '–' : read.kind) },
    { head: 'Write', cell: ({ write }) => (write.kind === 'load' ? 'load' : describeMerge(write.by)) },
    { head: 'Format', cell: ({ format = '' }) => format, leaveOut: 0 },
    { head: 'Parts', align: 'right', cell: ({ parts }) => formatCount(parts), leaveOut: 1 },
    {
      head: '~Rows',
      align: 'right',
      cell: ({ estimatedRows }) => (estimatedRows === undefined ? '?' : formatCount(estimatedRows)),
    },
    { head: '~Size', align: 'right', cell: ({ estimatedBytes }) => formatBytes(estimatedBytes), leaveOut: 2 },
    ...(isCounted ? CHANGES.map(changeColumn) : []),
    ...(hasReasons ? [reason] : []),
  ]
}

function describeMerge(by: 'key' | 'multiset'): string {
  return by === 'key' ? 'merge by key' : 'merge by whole rows'
}

function verdict({ findings, skipped }: RunPlan, command: string, paint: Paint): string {
  const errors = countErrors(findings)
  if (errors > 0) return `${paint.red('✖')} ${paint.bold(`Refused: ${countOf(errors, 'problem')}.`)}`
  const left =
    skipped.length === 0
      ? ''
      : `, leave ${countOf(skipped.length, 'table')} as ${skipped.length === 1 ? 'it is' : 'they are'} and end with 4`
  return `${paint.green('✔')} ${paint.bold('Ready:')} \`${printable(command)}\` would run${left}.`
}
