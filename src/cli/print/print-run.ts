import { formatCount } from '../../core/count-of.ts'
import type { RunDetail } from '../../jobs/show-run.ts'
import { describeCreated } from '../../run/creation/describe-created.ts'
import { describeTopics } from '../../run/follow/plan-follow.ts'
import type { ListedTable } from '../../state/list-runs.ts'
import {
  describeMode,
  describePhases,
  describeRows,
  describeState,
  durationOf,
} from '../format/describe-run.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { formatTime } from '../format/format-time.ts'
import type { Paint } from '../format/paint.ts'
import { printable, printableName } from '../format/printable.ts'
import { findingLines } from './finding-lines.ts'
import type { Page } from './page.ts'
import { printSearches } from './print-search.ts'
import { type Column, figure, printTable } from './print-table.ts'
import { warningLines } from './warning-lines.ts'

const LABEL_WIDTH = 11

/** Prints all that is known of a run. */
export function printRun(run: RunDetail | undefined, page: Page): void {
  if (run === undefined) {
    page.line('No runs yet.')
    return
  }
  const { paint } = page
  const title = paint.bold(`Run ${run.id} of ${printable(run.profile)}`)
  page.prose(`${title} on ${printable(run.target)}: ${colorState(run, paint)}`)
  for (const [label, text] of facts(run))
    page.prose(`  ${paint.dim(label.padEnd(LABEL_WIDTH))}${printable(text)}`)
  if (run.findings.length > 0) page.line()
  for (const line of findingLines(run.findings, paint)) page.prose(line)
  if (run.tables.length > 0) {
    page.line()
    printTable(page, columns(paint), run.tables)
  }
  if (run.search.length > 0) {
    page.line()
    printSearches(run.search, page)
  }
  if (run.warnings.length > 0) page.line()
  for (const warning of run.warnings) for (const line of warningLines(warning, paint)) page.prose(line)
}

function facts(run: RunDetail): [label: string, text: string][] {
  const durationMs = durationOf(run)
  const took = durationMs === undefined ? '' : `, took ${formatDuration(durationMs)}`
  const all: [string, string | undefined][] = [
    ['Started', `${formatTime(run.startedAt)}${took}`],
    ['Ended with', run.exitCode === undefined ? undefined : `exit status ${run.exitCode}`],
    ['Error', run.error],
    ['Cure', run.hint],
    ...run.incomplete.map((line): [string, string] => ['Incomplete', line]),
    ['Source', run.source],
    ['Undid', run.undoneRunId === undefined ? undefined : `run ${run.undoneRunId}`],
    ['Mode', describeMode(run)],
    ['Read', run.mode === 'search' ? undefined : formatBytes(run.bytes)],
    ['Rows', run.mode === 'search' ? undefined : describeRows(run)],
    ['Sequences', run.sequencesSet === 0 ? undefined : `${formatCount(run.sequencesSet)} set`],
    ['Created', describeCreated(run.created)],
    ['Schema', describeTopics(run.followed)],
    ['Phases', describePhases(run)],
    ['Backup', run.backup],
    ['Undo', run.canRollBack ? 'mbsync rollback can undo it' : undefined],
    ['By', `mbsync ${run.version}`],
  ]
  return all.flatMap(([label, text]) => (text === undefined || text === '' ? [] : [[label, text]]))
}

function colorState(run: RunDetail, paint: Paint): string {
  const text = describeState(run)
  if (run.state === 'under way' || run.state === 'committing') return paint.cyan(text)
  if (run.exitCode === 0) return paint.green(text)
  return run.status === 'succeeded' ? paint.yellow(text) : paint.red(text)
}

function columns(paint: Paint): Column<ListedTable>[] {
  return [
    { head: 'Table', isElastic: true, cell: ({ table }) => printableName(table) },
    { head: 'Mode', cell: ({ mode }) => mode },
    figure('Inserted', ({ inserted }) => inserted, paint),
    figure('Updated', ({ updated }) => updated, paint),
    figure('Deleted', ({ deleted }) => deleted, paint),
    { ...figure('Unchanged', ({ unchanged }) => unchanged, paint), leaveOut: 1 },
    { head: 'Read', align: 'right', cell: ({ bytes }) => formatBytes(bytes), leaveOut: 2 },
    { head: 'Time', align: 'right', cell: ({ durationMs }) => formatDuration(durationMs), color: paint.dim },
  ]
}
