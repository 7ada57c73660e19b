import type { RunSummary, StatusReport } from '../../jobs/status.ts'
import type { RunSearch } from '../../state/run-searches.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatCount } from '../format/format-count.ts'
import { formatDuration } from '../format/format-duration.ts'
import { formatTime } from '../format/format-time.ts'
import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'
import { type Column, printTable } from './print-table.ts'

/** Prints the last runs on a target, and why those that failed did. */
export function printStatus(report: StatusReport, page: Page): void {
  const { paint } = page
  const { profile, target, isRunning, runs, health } = report
  const state = isRunning ? paint.cyan('a run is in progress') : 'no run in progress'
  const subject =
    profile === undefined
      ? `All runs on ${paint.bold(printable(target))}`
      : `${paint.bold(printable(profile))} on ${printable(target)}`
  page.line(`${subject}: ${state}`)
  if (health !== undefined) {
    page.line(`${health.isHealthy ? paint.green('✔') : paint.red('✖')} ${printable(health.reason)}`)
  }
  page.line()
  if (runs.length > 0) printRuns(report, page)
  else if (profile === undefined) page.line('No runs yet.')
  else page.line(`No runs yet. The first one: mbsync sync ${printable(profile)}`)
}

function printRuns({ runs, profile }: StatusReport, page: Page): void {
  const [id, ...figures] = columns(page.paint)
  const name: Column<RunSummary> = { head: 'Profile', cell: (run) => printable(run.profile), isElastic: true }
  printTable(page, [id, ...(profile === undefined ? [name] : []), ...figures], runs)
  const [latest] = runs.filter(({ search }) => search.length > 0)
  if (latest !== undefined) printSearches(latest, page)
  const failed = runs.filter(({ error }) => error !== undefined)
  if (failed.length > 0) page.line()
  for (const { id, error = '' } of failed) page.line(`${page.paint.dim(`Run ${id}:`)} ${printable(error)}`)
}

function printSearches({ id, search }: RunSummary, page: Page): void {
  page.line()
  page.line(page.paint.dim(`Search indexes in run ${id}:`))
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
  for (const { searchIndex, error } of search)
    if (error !== undefined) page.line(`${page.paint.dim(`${printable(searchIndex)}:`)} ${printable(error)}`)
}

function columns(paint: Paint): [Column<RunSummary>, ...Column<RunSummary>[]] {
  const figure = (head: string, value: (run: RunSummary) => number): Column<RunSummary> => {
    return {
      head,
      align: 'right',
      cell: (run) => formatCount(value(run)),
      color: (text, run) => (value(run) === 0 ? paint.dim(text) : text),
    }
  }
  return [
    { head: 'Run', align: 'right', cell: ({ id }) => String(id) },
    { head: 'Started', cell: ({ startedAt }) => formatTime(startedAt) },
    { head: 'Took', align: 'right', cell: describeDuration },
    { head: 'Mode', cell: ({ mode }) => mode },
    { head: 'Status', cell: ({ status }) => status, color: (text, run) => colorStatus(text, run, paint) },
    figure('Inserted', ({ inserted }) => inserted),
    figure('Updated', ({ updated }) => updated),
    figure('Deleted', ({ deleted }) => deleted),
    figure('Unchanged', ({ unchanged }) => unchanged),
    { head: 'Read', align: 'right', cell: ({ bytes }) => formatBytes(bytes) },
    { head: 'Undo', cell: ({ canRollBack }) => (canRollBack ? 'yes' : ''), color: paint.green },
  ]
}

function describeDuration({ startedAt, finishedAt }: RunSummary): string {
  return finishedAt === undefined ? '' : formatDuration(finishedAt.getTime() - startedAt.getTime())
}

function colorStatus(text: string, { status }: RunSummary, paint: Paint): string {
  switch (status) {
    case 'succeeded':
      return paint.green(text)
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
