import { databaseArgument } from '../../config/command-arguments.ts'
import { countOf } from '../../core/count-of.ts'
import { shellWord } from '../../core/shell-word.ts'
import type { RunSummary, StatusReport } from '../../jobs/status.ts'
import { describeMode } from '../format/describe-run.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { formatTime } from '../format/format-time.ts'
import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'
import { findingLines } from './finding-lines.ts'
import type { Page } from './page.ts'
import { printSearches } from './print-search.ts'
import { type Column, figure, printTable } from './print-table.ts'

/** Prints the last runs on a target, and why those that failed did. */
export function printStatus(report: StatusReport, page: Page): void {
  const { paint } = page
  const { profile, target, isRunning, runs, health } = report
  const state = isRunning ? paint.cyan('a run is in progress') : 'no run in progress'
  const subject =
    profile === undefined
      ? `All runs on ${paint.bold(printable(target))}`
      : `${paint.bold(printable(profile))} on ${printable(target)}`
  page.prose(`${subject}: ${state}`)
  if (health !== undefined) {
    page.prose(`${health.isHealthy ? paint.green('✔') : paint.red('✖')} ${printable(health.reason)}`)
  }
  page.line()
  if (runs.length > 0) printRuns(report, page)
  else if (profile === undefined) page.line('No runs yet.')
  else page.line(`No runs yet. The first one: mbsync sync ${printable(shellWord(profile))}`)
  if (report.strays.length > 0) printStrays(report, page)
}

function printStrays({ strays }: StatusReport, page: Page): void {
  page.line()
  page.prose('State of search indexes that are no longer configured, or configured differently:')
  for (const { searchIndex, collections } of strays)
    page.line(`  ${page.paint.bold(printable(searchIndex))}: ${collections.map(printable).join(', ')}`)
  page.prose(
    page.paint.dim(
      '  mbsync leaves them as they are; `mbsync typesense forget <index>` removes their state.',
    ),
  )
}

function printRuns(report: StatusReport, page: Page): void {
  const { runs, profile, isRunning } = report
  const [id, ...figures] = columns(page.paint, isRunning)
  const name: Column<RunSummary> = { head: 'Profile', cell: (run) => printable(run.profile), isElastic: true }
  printTable(page, [id, ...(profile === undefined ? [name] : []), ...figures], runs)
  const [latest] = runs.filter(({ search }) => search.length > 0)
  if (latest !== undefined) {
    page.line()
    page.line(page.paint.dim(`Search indexes in run ${latest.id}:`))
    printSearches(latest.search, page)
  }
  printIncomplete(runs, page)
  printFailures(report, page)
}

/** Of the newest run of each profile: what an older one left, a newer one has brought or names itself. */
function printIncomplete(runs: readonly RunSummary[], page: Page): void {
  const newest = runs.filter((run) => runs.find(({ profile }) => profile === run.profile) === run)
  const incomplete = newest.filter((run) => run.incomplete.length > 0)
  if (incomplete.length > 0) page.line()
  for (const { id, incomplete: lines } of incomplete)
    for (const line of lines) page.prose(`${page.paint.dim(`Run ${id}:`)} ${printable(line)}`)
}

const MOST_FINDINGS = 10

/** What the last failure found is printed with its cures; of earlier ones, where to read it. */
function printFailures({ runs, profile, target }: StatusReport, page: Page): void {
  const { paint } = page
  const failed = runs.filter(({ error }) => error !== undefined)
  if (failed.length > 0) page.line()
  for (const [index, { id, error = '', hint, findings }] of failed.entries()) {
    const shown = index === 0 ? findings.filter(({ severity }) => severity === 'error') : []
    const left = findings.length - Math.min(shown.length, MOST_FINDINGS)
    page.prose(`${paint.dim(`Run ${id}:`)} ${printable(error)}`)
    for (const line of findingLines(shown.slice(0, MOST_FINDINGS), paint)) page.prose(`  ${line}`)
    if (index === 0 && hint !== undefined) page.prose(paint.dim(`  ${printable(hint)}`))
    if (left > 0) {
      const named = profile === undefined ? `--to ${databaseArgument(target)}` : shellWord(profile)
      const command = `mbsync status ${printable(named)} ${id}`
      page.prose(paint.dim(`  ${countOf(left, shown.length > 0 ? 'more finding' : 'finding')}: ${command}`))
    }
  }
}

function columns(paint: Paint, isRunning: boolean): [Column<RunSummary>, ...Column<RunSummary>[]] {
  return [
    { head: 'Run', align: 'right', cell: ({ id }) => String(id) },
    { head: 'Started', cell: ({ startedAt }) => formatTime(startedAt) },
    {
      head: 'Took',
      align: 'right',
      cell: ({ startedAt, finishedAt }) =>
        finishedAt === undefined ? '' : formatDuration(finishedAt.getTime() - startedAt.getTime()),
    },
    { head: 'Mode', cell: (run) => describeMode(run) ?? '', leaveOut: 3 },
    {
      head: 'Status',
      // Until the next run closes it, the state cannot know of a run whose process was killed.
      cell: ({ status }) => (status === 'running' && !isRunning ? 'died' : status),
      color: (text, run) => (text === 'died' ? paint.red(text) : colorStatus(text, run, paint)),
    },
    {
      head: 'Exit',
      align: 'right',
      cell: ({ exitCode }) => (exitCode === undefined ? '' : String(exitCode)),
    },
    { ...figure('Inserted', ({ inserted }) => inserted, paint), leaveOut: 6 },
    { ...figure('Updated', ({ updated }) => updated, paint), leaveOut: 5 },
    { ...figure('Deleted', ({ deleted }) => deleted, paint), leaveOut: 4 },
    { ...figure('Unchanged', ({ unchanged }) => unchanged, paint), leaveOut: 1 },
    { head: 'Read', align: 'right', cell: ({ bytes }) => formatBytes(bytes), leaveOut: 2 },
    { head: 'Undo', cell: ({ canRollBack }) => (canRollBack ? 'yes' : ''), color: paint.green },
  ]
}

function colorStatus(text: string, { status, exitCode }: RunSummary, paint: Paint): string {
  switch (status) {
    case 'succeeded':
      return exitCode === 0 ? paint.green(text) : paint.yellow(text)
    case 'running':
      return paint.cyan(text)
    case 'failed':
    case 'refused':
      return paint.red(text)
    case 'interrupted':
    case 'abandoned':
      return paint.yellow(text)
    case 'rolled back':
      return paint.dim(text)
  }
}
