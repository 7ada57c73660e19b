import { changedRows, sumOutcomes } from '../../api/sum-outcomes.ts'
import { countOf, formatCount } from '../../core/count-of.ts'
import { displayName } from '../../core/table-name.ts'
import type { RunDetail } from '../../jobs/show-run.ts'
import type { Sample, Timeline } from '../../progress/timeline.ts'
import type { ListedTable } from '../../state/list-runs.ts'
import type { RunSearch } from '../../state/run-searches.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { html, type Markup } from './markup.ts'
import { renderFindings } from './render-findings.ts'
import { figure, type PageColumn, renderTable } from './render-table.ts'
import { renderTimeline } from './render-timeline.ts'
import { renderVerdict } from './render-verdict.ts'

/** The sections of a page that show one run. */
export function renderRun(run: RunDetail, readAt: Date): Markup {
  const { timeline } = run
  const throughput = timeline === undefined ? undefined : renderThroughput(timeline)
  return html`${renderVerdict(run, readAt)}
${run.tables.length === 0 ? undefined : html`<section><h2>Rows changed</h2>${renderTables(run.tables)}</section>`}
${run.search.length === 0 ? undefined : html`<section><h2>Search</h2>${renderSearches(run.search)}</section>`}
${timeline === undefined ? undefined : html`<section><h2>Timeline</h2>${renderTimeline(timeline)}</section>`}
${throughput === undefined ? undefined : html`<section><h2>Throughput</h2>${throughput}</section>`}`
}

const CHANGES = ['inserted', 'updated', 'deleted'] as const

function renderTables(tables: readonly ListedTable[]): Markup {
  const changed = tables.filter((table) => changedRows(table) > 0)
  const most = Math.max(1, ...changed.map(changedRows))
  const unchanged = tables.length - changed.length
  const columns: PageColumn<ListedTable>[] = [
    { head: 'Table', cell: (table) => displayName(table.table) },
    { head: '', cell: (table) => renderChanges(table, most) },
    ...CHANGES.map((name) => figure(capital(name), (table: ListedTable) => table[name])),
    figure('Unchanged', (table) => table.unchanged),
    { head: 'Changed', isNumber: true, cell: shareChanged, sortBy: changedShare },
    { head: 'Mode', cell: ({ mode }) => mode },
    { head: 'Read', isNumber: true, cell: ({ bytes }) => formatBytes(bytes), sortBy: ({ bytes }) => bytes },
    {
      head: 'Time',
      isNumber: true,
      cell: ({ durationMs }) => formatDuration(durationMs),
      sortBy: ({ durationMs }) => durationMs,
    },
  ]
  const sorted = [...changed].sort((a, b) => changedRows(b) - changedRows(a))
  const sums = sumOutcomes(changed)
  const foot = [
    'All of these',
    '',
    ...CHANGES.map((name) => formatCount(sums[name])),
    formatCount(sums.unchanged),
  ]
  const rest = html`<p class="faint">${countOf(unchanged, 'table')} unchanged.</p>`
  const legend = html`<ul class="legend">${CHANGES.map((name) => html`<li><i class="${name}"></i>${name}</li>`)}</ul>`
  return html`${sorted.length === 0 ? undefined : html`${renderTable(columns, sorted, { foot: sorted.length > 1 ? foot : [] })}${legend}`}${unchanged === 0 ? undefined : rest}`
}

/** Of the rows that the table has had or has now. */
function changedShare(table: ListedTable): number {
  return (100 * changedRows(table)) / (changedRows(table) + table.unchanged)
}

function shareChanged(table: ListedTable): string {
  const share = changedShare(table)
  return share < 1 ? '< 1 %' : `${Math.round(share)} %`
}

function renderChanges(table: ListedTable, most: number): Markup {
  return html`<div class="changes">${CHANGES.map((name) => html`<i class="${name}" style="width:${((100 * table[name]) / most).toFixed(2)}%"></i>`)}</div>`
}

function renderSearches(search: readonly RunSearch[]): Markup {
  const columns: PageColumn<RunSearch>[] = [
    { head: 'Search index', cell: ({ searchIndex }) => searchIndex },
    { head: 'Mode', cell: ({ mode }) => mode },
    {
      head: 'Status',
      cell: ({ status }) =>
        html`<span class="pill ${status === 'done' ? 'good' : 'bad'}">${status === 'done' ? '✔' : '✖'} ${status}</span>`,
    },
    figure('Documents', ({ documents }) => documents),
    figure('Sent', ({ indexed }) => indexed),
    figure('Rejected', ({ rejected }) => rejected),
    figure('Deleted', ({ deleted }) => deleted),
    {
      head: 'Time',
      isNumber: true,
      cell: ({ durationMs }) => formatDuration(durationMs),
      sortBy: ({ durationMs }) => durationMs,
    },
  ]
  const errors = search.flatMap(({ searchIndex, error, hint, findings }) =>
    error === undefined
      ? findings.length === 0
        ? []
        : html`<div class="note">${renderFindings(findings)}</div>`
      : html`<div class="note bad"><p>${searchIndex}: ${error}</p>${renderFindings(findings)}${hint === undefined ? undefined : html`<p class="faint">${hint}</p>`}</div>`,
  )
  const reasons = search.flatMap(({ searchIndex, whyInFull }) =>
    whyInFull === undefined
      ? []
      : html`<p class="faint">${searchIndex}: all documents were compared, because ${whyInFull}</p>`,
  )
  return html`${renderTable(columns, search)}${reasons}${errors}`
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

const WIDTH = 1000
const HEIGHT = 100
/** Fewer make a picture of blocks that says nothing. */
const FEWEST_SAMPLES = 10

/** How fast bytes were copied and documents sent over the time of a run; undefined where a picture would say nothing. */
function renderThroughput({ samples, phases }: Timeline): Markup | undefined {
  const lengthMs = Math.max(1, ...phases.map(({ to }) => to))
  const charts = [
    chart(samples, lengthMs, {
      totalOf: ({ bytes }) => bytes,
      format: (rate) => `${formatBytes(rate)}/s`,
      verb: 'Copied',
    }),
    chart(samples, lengthMs, {
      totalOf: ({ documents }) => documents,
      format: (rate) => `${formatCount(Math.round(rate))} documents/s`,
      verb: 'Sent',
    }),
  ].flatMap((each) => each ?? [])
  return charts.length === 0 ? undefined : html`${charts}`
}

interface Measure {
  readonly totalOf: (sample: Sample) => number
  readonly format: (rate: number) => string
  readonly verb: string
}

function chart(
  samples: readonly Sample[],
  lengthMs: number,
  { totalOf, format, verb }: Measure,
): Markup | undefined {
  const rates = samples.map((sample, index) => {
    const before = samples[index - 1] ?? { at: 0, bytes: 0, documents: 0 }
    const seconds = Math.max(1, sample.at - before.at) / 1000
    return { from: before.at, to: sample.at, rate: (totalOf(sample) - totalOf(before)) / seconds }
  })
  const highest = Math.max(0, ...rates.map(({ rate }) => rate))
  if (highest === 0 || rates.filter(({ rate }) => rate > 0).length < FEWEST_SAMPLES) return undefined
  const x = (ms: number) => ((WIDTH * ms) / lengthMs).toFixed(1)
  const y = (rate: number) => (HEIGHT - (HEIGHT * rate) / highest).toFixed(1)
  const steps = rates.map(({ from, to, rate }) => `L${x(from)} ${y(rate)}L${x(to)} ${y(rate)}`).join('')
  const label = `${verb} at up to ${format(highest)}, over ${formatDuration(lengthMs)}`
  return html`<figure><figcaption>${label}</figcaption>
<div class="chart"><div><span>${format(highest)}</span><span>${format(highest / 2)}</span><span>0</span></div>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}"><path d="M0 ${HEIGHT}${steps}L${x(rates.at(-1)?.to ?? 0)} ${HEIGHT}Z"/><line x1="0" x2="${WIDTH}" y1="${HEIGHT / 2}" y2="${HEIGHT / 2}"/></svg></div></figure>`
}
