import { countOf, formatCount } from '../../core/count-of.ts'
import { displayName } from '../../core/table-name.ts'
import type { RunDetail } from '../../jobs/show-run.ts'
import type { ListedTable } from '../../state/list-runs.ts'
import type { RunSearch } from '../../state/run-searches.ts'
import { describePhases, describeState, durationOf } from '../format/describe-run.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { formatTime } from '../format/format-time.ts'
import { changedRows } from '../sum-outcomes.ts'
import { html, type Markup } from './markup.ts'
import { renderFindings } from './render-findings.ts'
import { type PageColumn, renderTable } from './render-table.ts'
import { renderThroughput } from './render-throughput.ts'
import { renderTimeline } from './render-timeline.ts'
import { toneOf } from './tone-of.ts'

/** The sections of a page that tell one run. */
export function renderRun(run: RunDetail): Markup {
  const { timeline } = run
  return html`<section>
<h2>Run ${run.id}: <span class="${toneOf(run)}">${describeState(run)}</span></h2>
<dl>${facts(run).map(([label, text]) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}${wideFacts(run)}</dl>
</section>
${run.findings.length === 0 ? undefined : html`<section><h2>Findings</h2>${renderFindings(run.findings)}</section>`}
${
  timeline === undefined
    ? undefined
    : html`<section><h2>Timeline</h2>${renderTimeline(timeline)}</section>
<section><h2>Throughput</h2>${renderThroughput(timeline)}</section>`
}
${run.tables.length === 0 ? undefined : html`<section><h2>Rows changed</h2>${renderTables(run.tables)}</section>`}
${run.search.length === 0 ? undefined : html`<section><h2>Search</h2>${renderSearches(run.search)}</section>`}`
}

function facts(run: RunDetail): [string, string][] {
  const durationMs = durationOf(run)
  const rows = run.mode === 'search' ? [] : (['inserted', 'updated', 'deleted', 'unchanged'] as const)
  const all: [string, string | undefined][] = [
    ['Started', formatTime(run.startedAt)],
    ['Took', durationMs === undefined ? undefined : formatDuration(durationMs)],
    ['Exit status', run.exitCode === undefined ? undefined : String(run.exitCode)],
    ['Mode', run.mode],
    ['Source', run.source],
    ['Read', run.mode === 'search' ? undefined : formatBytes(run.bytes)],
    ...rows.map((name): [string, string] => [`Rows ${name}`, formatCount(run[name])]),
    ['Rollback', run.canRollBack ? 'possible' : undefined],
    ['mbsync', run.version],
  ]
  return all.flatMap(([label, text]) => (text === undefined ? [] : [[label, text]]))
}

function wideFacts(run: RunDetail): Markup[] {
  const phases = describePhases(run)
  const wide = (label: string, text: string, tone = '') =>
    html`<div class="wide"><dt>${label}</dt><dd class="${tone}">${text}</dd></div>`
  return [
    ...(phases === '' ? [] : [wide('Phases', phases)]),
    ...(run.error === undefined ? [] : [wide('Error', run.error, 'bad')]),
    ...(run.hint === undefined ? [] : [wide('Cure', run.hint)]),
    ...run.incomplete.map((line) => wide('Incomplete', line, 'warn')),
    ...(run.backup === undefined ? [] : [wide('Backup', run.backup)]),
    ...run.warnings.map(({ message, hint }) =>
      wide('Warning', hint === undefined ? message : `${message} — ${hint}`, 'warn'),
    ),
  ]
}

function renderTables(tables: readonly ListedTable[]): Markup {
  const changed = tables.filter((table) => changedRows(table) > 0)
  const most = Math.max(1, ...changed.map(changedRows))
  const unchanged = tables.length - changed.length
  const columns: PageColumn<ListedTable>[] = [
    { head: 'Table', cell: (table) => html`${displayName(table.table)}${renderChanges(table, most)}` },
    { head: 'Mode', cell: ({ mode }) => mode },
    figure('Inserted', ({ inserted }) => inserted),
    figure('Updated', ({ updated }) => updated),
    figure('Deleted', ({ deleted }) => deleted),
    figure('Unchanged', (table) => table.unchanged),
    { head: 'Read', isNumber: true, cell: ({ bytes }) => formatBytes(bytes) },
    { head: 'Time', isNumber: true, cell: ({ durationMs }) => formatDuration(durationMs) },
  ]
  const sorted = [...changed].sort((a, b) => changedRows(b) - changedRows(a))
  const rest = html`<p class="faint">${countOf(unchanged, 'table')} unchanged.</p>`
  return html`${sorted.length === 0 ? undefined : renderTable(columns, sorted)}${unchanged === 0 ? undefined : rest}`
}

function renderChanges({ inserted, updated, deleted }: ListedTable, most: number): Markup {
  const piece = (count: number, color: string) =>
    html`<i class="${color}" style="width:${((100 * count) / most).toFixed(2)}%"></i>`
  return html`<div class="changes">${piece(inserted, 'c3')}${piece(updated, 'c2')}${piece(deleted, 'c5')}</div>`
}

function renderSearches(search: readonly RunSearch[]): Markup {
  const columns: PageColumn<RunSearch>[] = [
    { head: 'Search index', cell: ({ searchIndex }) => searchIndex },
    { head: 'Mode', cell: ({ mode }) => mode },
    {
      head: 'Status',
      cell: ({ status }) => html`<span class="${status === 'done' ? 'good' : 'bad'}">${status}</span>`,
    },
    figure('Documents', ({ documents }) => documents),
    figure('Sent', ({ indexed }) => indexed),
    figure('Rejected', ({ rejected }) => rejected),
    figure('Deleted', ({ deleted }) => deleted),
    { head: 'Time', isNumber: true, cell: ({ durationMs }) => formatDuration(durationMs) },
  ]
  const errors = search.flatMap(({ searchIndex, error, hint, findings }) =>
    error === undefined
      ? []
      : html`<p class="bad">${searchIndex}: ${error}</p>${renderFindings(findings)}${hint === undefined ? undefined : html`<p class="faint">${hint}</p>`}`,
  )
  return html`${renderTable(columns, search)}${errors}`
}

function figure<Row>(head: string, value: (row: Row) => number): PageColumn<Row> {
  return { head, isNumber: true, cell: (row) => formatCount(value(row)) }
}
