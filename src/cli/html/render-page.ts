import { countOf } from '../../core/count-of.ts'
import { displayName } from '../../core/table-name.ts'
import type { RunSummary } from '../../jobs/status.ts'
import type { StatusPage } from '../../jobs/status-page.ts'
import type { MaskedTable } from '../../state/masked-tables.ts'
import { describeMode, durationOf } from '../format/describe-run.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { formatTime } from '../format/format-time.ts'
import { html, type Markup } from './markup.ts'
import { renderDocument } from './render-document.ts'
import { renderRun } from './render-run.ts'
import { figure, type PageColumn, renderTable } from './render-table.ts'
import { iconOf, toneOf } from './tone-of.ts'

/** A page that shows a run and those before it. */
export function renderPage({ target, profile, run, runs, masked, readAt }: StatusPage): string {
  const frame = {
    title: `${profile ?? 'all runs'} on ${target}`,
    headline: run?.source === undefined ? target : `${run.source} → ${target}`,
    about: profile === undefined ? 'All profiles' : `Profile ${profile}`,
    readAt,
  }
  return renderDocument(frame, [
    run === undefined ? html`<section>No runs yet.</section>` : renderRun(run, readAt),
    renderMasked(masked),
    runs.length === 0 ? undefined : html`<section><h2>Last runs</h2>${renderHistory(runs)}</section>`,
  ])
}

/** What the run brought masked; nothing where it masked nothing. */
function renderMasked(masked: readonly MaskedTable[]): Markup | undefined {
  if (masked.length === 0) return undefined
  const columns = masked.reduce((total, table) => total + table.columns.length, 0)
  return html`<section><h2>Privacy</h2>
<p><span class="pill good">✔ masked</span> The run copied ${countOf(columns, 'column')} of ${countOf(masked.length, 'table')} masked. Masks are computed in the source.</p>
${renderTable(
  [
    { head: 'Table', cell: ({ table }) => displayName(table) },
    {
      head: 'Masked columns',
      cell: ({ columns: names }) => html`<div class="wrap">${names.join(', ')}</div>`,
    },
  ],
  masked,
)}
<p class="faint">Whether other columns look personal: <code>mbsync privacy</code></p></section>`
}

/** The last runs: how long they took, the oldest first, and what came of them, the newest first. */
function renderHistory(runs: readonly RunSummary[]): Markup {
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
