import type { RunSummary, StatusReport } from '../../jobs/status.ts'
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
  const state = report.isRunning ? paint.cyan('a run is in progress') : 'no run in progress'
  page.line(`${paint.bold(printable(report.profile))} on ${printable(report.target)}: ${state}`)
  page.line()
  if (report.runs.length === 0)
    page.line(`No runs yet. The first one: mbsync sync ${printable(report.profile)}`)
  else printRuns(report.runs, page)
}

function printRuns(runs: readonly RunSummary[], page: Page): void {
  printTable(page, columns(page.paint), runs)
  const failed = runs.filter(({ error }) => error !== undefined)
  if (failed.length > 0) page.line()
  for (const { id, error = '' } of failed) page.line(`${page.paint.dim(`Run ${id}:`)} ${printable(error)}`)
}

function columns(paint: Paint): Column<RunSummary>[] {
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
