import { countOf, formatCount } from '../../core/count-of.ts'
import { groupBy } from '../../core/group-by.ts'
import type { Timeline, WorkSpan } from '../../progress/timeline.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { html, type Markup } from './markup.ts'
import { COLORS } from './page-style.ts'

const KINDS = { copy: 'copy', compare: 'compare', write: 'write', index: 'search' } as const
const TICKS = 4
/** Of the whole length: in less than that, no name can be read. */
const NARROWEST_LABEL = 0.05

/** What the workers of a run did when: a lane for the phases and one for each worker. */
export function renderTimeline(timeline: Timeline): Markup {
  const { phases, spans } = timeline
  const lengthMs = Math.max(1, ...phases.map(({ to }) => to))
  const colors = colorsOf(spans)
  const bar = (from: number, to: number, color: string, label: string, facts: string) =>
    html`<div class="bar ${color}" style="left:${percent(from, lengthMs)}%;width:${percent(to - from, lengthMs)}%" title="${facts}">${to - from < NARROWEST_LABEL * lengthMs ? '' : label}</div>`
  const lanes = groupBy(spans, ({ kind, worker }) => `${KINDS[kind]} ${worker}`)
  return html`<div class="lanes">
<span>phases</span><div class="lane">${phases.map(({ phase, from, to }) => bar(from, to, `c${COLORS}`, phase, `${phase}: ${formatDuration(to - from)}`))}</div>
${Array.from(lanes, ([lane, own]) => html`<span>${lane}</span><div class="lane">${own.map((span) => bar(span.from, span.to, colors.get(span.name) ?? '', span.name, describeSpan(span)))}</div>`)}
<span></span><div class="axis">${Array.from({ length: TICKS + 1 }, (_, tick) => html`<span style="left:${(100 * tick) / TICKS}%">${formatDuration((lengthMs * tick) / TICKS)}</span>`)}</div>
</div>
${renderLegend(colors)}`
}

function renderLegend(colors: ReadonlyMap<string, string>): Markup {
  const named = [...colors].filter(([name]) => name !== '').slice(0, COLORS - 1)
  const rest = [...colors].length - named.length - (colors.has('') ? 1 : 0)
  return html`<ul class="legend">${named.map(([name, color]) => html`<li><i class="${color}"></i>${name}</li>`)}${
    rest > 0 ? html`<li><i class="c${COLORS}"></i>${formatCount(rest)} more</li>` : undefined
  }</ul>`
}

function describeSpan({ kind, name, part, parts, from, to, rows, bytes }: WorkSpan): string {
  const took = `in ${formatDuration(to - from)}`
  if (kind === 'write')
    return name === '' ? `changes written ${took}` : `${name}: ${countOf(rows, 'row')} written ${took}`
  if (kind === 'compare') return `${name} compared ${took}: ${countOf(rows, 'row')} differ`
  if (kind === 'index') return `${name}: ${countOf(rows, 'document')} ${took}`
  const place = parts > 1 ? ` (part ${part} of ${parts})` : ''
  return `${name}${place}: ${countOf(rows, 'row')}, ${formatBytes(bytes)} ${took}`
}

function percent(ms: number, lengthMs: number): string {
  return ((100 * ms) / lengthMs).toFixed(3)
}

/** Gives the names of pieces of work a colour class each, those that took longest first; the rest share the last one. */
function colorsOf(spans: readonly WorkSpan[]): ReadonlyMap<string, string> {
  const times = new Map<string, number>()
  for (const { name, from, to } of spans) times.set(name, (times.get(name) ?? 0) + to - from)
  const names = [...times].sort(([, a], [, b]) => b - a).map(([name]) => name)
  return new Map(names.map((name, index) => [name, `c${Math.min(index + 1, COLORS)}`]))
}
