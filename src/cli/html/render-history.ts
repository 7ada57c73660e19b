import { formatCount } from '../../core/count-of.ts'
import type { RunSummary } from '../../jobs/status.ts'
import { durationOf } from '../format/describe-run.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { formatTime } from '../format/format-time.ts'
import { html, type Markup } from './markup.ts'
import { type PageColumn, renderTable } from './render-table.ts'
import { toneOf } from './tone-of.ts'

/** The last runs: how long they took, the oldest first, and what came of them, the newest first. */
export function renderHistory(runs: readonly RunSummary[]): Markup {
  const longest = Math.max(1, ...runs.map((run) => durationOf(run) ?? 0))
  const columns = [...runs].reverse().map((run) => {
    const durationMs = durationOf(run) ?? 0
    const facts = `Run ${run.id}, ${formatTime(run.startedAt)}: ${run.status} in ${formatDuration(durationMs)}`
    return html`<i class="${toneOf(run)}" style="height:${((100 * durationMs) / longest).toFixed(1)}%" title="${facts}"></i>`
  })
  return html`<figure><figcaption>How long runs took, up to ${formatDuration(longest)}</figcaption><div class="history">${columns}</div></figure>
${renderTable(COLUMNS, runs)}`
}

const COLUMNS: readonly PageColumn<RunSummary>[] = [
  { head: 'Run', isNumber: true, cell: ({ id }) => String(id) },
  { head: 'Started', cell: ({ startedAt }) => formatTime(startedAt) },
  { head: 'Profile', cell: ({ profile }) => profile },
  { head: 'Mode', cell: ({ mode }) => mode },
  { head: 'Status', cell: (run) => html`<span class="${toneOf(run)}">${run.status}</span>` },
  { head: 'Exit', isNumber: true, cell: ({ exitCode }) => (exitCode === undefined ? '' : String(exitCode)) },
  { head: 'Took', isNumber: true, cell: (run) => describeDuration(run) },
  { head: 'Inserted', isNumber: true, cell: ({ inserted }) => formatCount(inserted) },
  { head: 'Updated', isNumber: true, cell: ({ updated }) => formatCount(updated) },
  { head: 'Deleted', isNumber: true, cell: ({ deleted }) => formatCount(deleted) },
  { head: 'Read', isNumber: true, cell: ({ bytes }) => formatBytes(bytes) },
]

function describeDuration(run: RunSummary): string {
  const durationMs = durationOf(run)
  return durationMs === undefined ? '' : formatDuration(durationMs)
}
