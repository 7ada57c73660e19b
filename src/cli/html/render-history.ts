import type { RunSummary } from '../../jobs/status.ts'
import { describeMode, durationOf } from '../format/describe-run.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { formatTime } from '../format/format-time.ts'
import { html, type Markup } from './markup.ts'
import { figure, type PageColumn, renderTable } from './render-table.ts'
import { iconOf, toneOf } from './tone-of.ts'

/** The last runs: how long they took, the oldest first, and what came of them, the newest first. */
export function renderHistory(runs: readonly RunSummary[]): Markup {
  const longest = Math.max(1, ...runs.map((run) => durationOf(run) ?? 0))
  const bars = [...runs].reverse().map((run) => {
    const durationMs = durationOf(run) ?? 0
    const facts = `Run ${run.id}, ${formatTime(run.startedAt)}: ${run.status}, ${formatDuration(durationMs)}`
    const mark = toneOf(run) === 'good' ? '' : iconOf(run)
    return html`<a href="#run-${run.id}" class="${toneOf(run)}" style="height:${((85 * durationMs) / longest).toFixed(1)}%" title="${facts}" aria-label="${facts}"><b>${mark}</b></a>`
  })
  return html`<figure><figcaption>How long runs took (the longest: ${formatDuration(longest)}), the newest on the right</figcaption><div class="history">${bars}</div></figure>
${renderTable(columnsFor(runs), runs, { idOf: ({ id }) => `run-${id}` })}`
}

function columnsFor(runs: readonly RunSummary[]): PageColumn<RunSummary>[] {
  const hasProfiles = new Set(runs.map(({ profile }) => profile)).size > 1
  const profile: PageColumn<RunSummary>[] = hasProfiles
    ? [{ head: 'Profile', cell: ({ profile }) => profile }]
    : []
  return [
    { head: 'Run', cell: ({ id }) => String(id), sortBy: ({ id }) => id },
    { head: 'Started', cell: ({ startedAt }) => formatTime(startedAt) },
    ...profile,
    { head: 'Status', cell: describeStatus },
    {
      head: 'Took',
      isNumber: true,
      cell: (run) => describeDuration(run),
      sortBy: (run) => durationOf(run) ?? 0,
    },
    { head: 'Mode', cell: (run) => describeMode(run) ?? '' },
    figure('Inserted', ({ inserted }) => inserted),
    figure('Updated', ({ updated }) => updated),
    figure('Deleted', ({ deleted }) => deleted),
    { head: 'Read', isNumber: true, cell: ({ bytes }) => formatBytes(bytes), sortBy: ({ bytes }) => bytes },
  ]
}

function describeStatus(run: RunSummary): Markup {
  const exit = run.exitCode === undefined || run.exitCode === 0 ? '' : ` (exit ${run.exitCode})`
  return html`<span class="pill ${toneOf(run)}">${iconOf(run)} ${run.status}${exit}</span>${run.error === undefined ? undefined : html`<div class="wrap faint">${run.error}</div>`}`
}

function describeDuration(run: RunSummary): string {
  const durationMs = durationOf(run)
  return durationMs === undefined ? '' : formatDuration(durationMs)
}
