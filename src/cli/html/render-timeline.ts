import { countOf } from '../../core/count-of.ts'
import { groupBy } from '../../core/group-by.ts'
import type { PhaseSpan, Timeline, WorkSpan } from '../../progress/timeline.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { colorsOf } from './colors-of.ts'
import { html, Markup } from './markup.ts'
import { formatTick, roundTicks } from './round-ticks.ts'

const KINDS = {
  copy: 'copy',
  build: 'build',
  compare: 'compare',
  keep: 'keep',
  write: 'write',
  index: 'search',
} as const
/** Of the whole length: in less than that, no name can be read. */
const NARROWEST_LABEL = 0.05
/** Beyond that, what is shown of a bar opens to the left. */
const LATE = 0.6
const MOST_NAMES = 24

/** What the workers of a run did when: a lane for the phases and one for each worker. */
export function renderTimeline(timeline: Timeline): Markup {
  const { phases, spans } = timeline
  const lengthMs = Math.max(1, ...phases.map(({ to }) => to))
  const colors = colorsOf(spans.flatMap((span) => (span.name === '' ? [] : [colorKey(span)])))
  const bar = (from: number, to: number, classes: string, label: string, facts: string) =>
    html`<div class="bar ${classes}${from > LATE * lengthMs ? ' late' : ''}" style="left:${percent(from, lengthMs)}%;width:${percent(to - from, lengthMs)}%" tabindex="0" role="img" aria-label="${facts}"><b>${to - from < NARROWEST_LABEL * lengthMs ? '' : label}</b></div>`
  const work = (span: WorkSpan) =>
    bar(
      span.from,
      span.to,
      classOf(span, colors),
      span.name === '' ? 'all changes' : span.name,
      describeSpan(span),
    )
  const lanes = groupBy(spans, ({ kind, worker }) => `${KINDS[kind]} ${worker}`)
  const ticks = roundTicks(lengthMs)
  return html`<style>.lane { --grid: ${gridOf(ticks, lengthMs)}; }</style><div class="lanes">
<span>phases</span><div class="lane">${phases.map((phase) => bar(phase.from, phase.to, '', phase.phase, describePhase(phase)))}</div>
${Array.from(lanes, ([lane, own]) => html`<span>${lane}</span><div class="lane">${own.map(work)}</div>`)}
<span></span><div class="axis">${ticks.map((tick) => html`<span style="left:${percent(tick, lengthMs)}%">${formatTick(tick)}</span>`)}</div>
</div>
<ul class="facts">${phases.map((phase) => html`<li>${phase.phase} <b>${formatDuration(phase.to - phase.from)}</b></li>`)}</ul>
${renderLegend(spans, colors)}`
}

function describePhase({ phase, from, to }: PhaseSpan): string {
  return `${phase}: ${formatDuration(to - from)}`
}

/** A search index may have the name of a table. */
function colorKey({ kind, name }: WorkSpan): string {
  return kind === 'index' ? `index ${name}` : name
}

function classOf(span: WorkSpan, colors: ReadonlyMap<string, string>): string {
  return `${colors.get(colorKey(span)) ?? ''}${span.kind === 'index' ? ' index' : ''}`
}

/** A line at every tick. */
function gridOf(ticks: readonly number[], lengthMs: number): Markup {
  const lines = ticks
    .slice(1)
    .map(
      (tick) =>
        `linear-gradient(var(--line), var(--line)) ${percent(tick, lengthMs)}% 0 / 1px 100% no-repeat`,
    )
  return new Markup(lines.length === 0 ? 'none' : lines.join(', '))
}

/** Those that took longest, by name. */
function renderLegend(spans: readonly WorkSpan[], colors: ReadonlyMap<string, string>): Markup {
  const times = new Map<string, number>()
  for (const span of spans)
    if (span.name !== '') times.set(colorKey(span), (times.get(colorKey(span)) ?? 0) + span.to - span.from)
  const longest = [...times].sort(([, a], [, b]) => b - a).map(([name]) => name)
  const shown = longest.slice(0, MOST_NAMES)
  const rest = longest.length - shown.length
  return html`<ul class="legend">${shown.map((name) => html`<li><i class="${colors.get(name)}"></i>${name}</li>`)}${
    rest > 0 ? html`<li class="faint">and ${countOf(rest, 'table')} that took less</li>` : undefined
  }</ul>`
}

function describeSpan({ kind, name, part, parts, from, to, rows, bytes }: WorkSpan): string {
  const took = `in ${formatDuration(to - from)}`
  if (kind === 'write')
    return name === ''
      ? `changes of all tables written ${took}`
      : `${name}: ${countOf(rows, 'row')} written ${took}`
  if (kind === 'compare') return `${name} compared ${took}: ${countOf(rows, 'row')} differ`
  if (kind === 'keep') return `${name}: rows kept for a rollback ${took}`
  if (kind === 'build') return `${name}: indexes and constraints built ${took}`
  if (kind === 'index') return `${name}: ${countOf(rows, 'document')} ${took}`
  const place = parts > 1 ? ` (part ${part} of ${parts})` : ''
  return `${name}${place}: ${countOf(rows, 'row')}, ${formatBytes(bytes)} ${took}`
}

function percent(ms: number, lengthMs: number): string {
  return ((100 * ms) / lengthMs).toFixed(3)
}
