import { countOf } from '../../core/count-of.ts'
import { groupBy } from '../../core/group-by.ts'
import type { Timeline, WorkSpan } from '../../progress/timeline.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { html, Markup } from './markup.ts'
import { COLORS } from './page-style.ts'

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
<span>phases</span><div class="lane">${phases.map((phase) => bar(phase.from, phase.to, '', phase.phase, `${phase.phase}: ${formatDuration(phase.to - phase.from)}`))}</div>
${Array.from(lanes, ([lane, own]) => html`<span>${lane}</span><div class="lane">${own.map(work)}</div>`)}
<span></span><div class="axis">${ticks.map((tick) => html`<span style="left:${percent(tick, lengthMs)}%">${formatTick(tick)}</span>`)}</div>
</div>
<ul class="facts">${phases.map((phase) => html`<li>${phase.phase} <b>${formatDuration(phase.to - phase.from)}</b></li>`)}</ul>
${renderLegend(spans, colors)}`
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
  if (kind === 'build') return `${name}: indexes built, or constraints checked, ${took}`
  if (kind === 'index') return `${name}: ${countOf(rows, 'document')} ${took}`
  const place = parts > 1 ? ` (part ${part} of ${parts})` : ''
  return `${name}${place}: ${countOf(rows, 'row')}, ${formatBytes(bytes)} ${took}`
}

function percent(ms: number, lengthMs: number): string {
  return ((100 * ms) / lengthMs).toFixed(3)
}

/**
 * Gives names a colour class each: that of the name's hash (FNV-1a), so that a table looks the same on every page, or the next that no other name has
 * while there are enough.
 */
export function colorsOf(names: Iterable<string>): ReadonlyMap<string, string> {
  const taken = new Set<number>()
  const colors = new Map<string, string>()
  for (const name of [...new Set(names)].sort()) {
    let color = hash(name) % COLORS
    for (let step = 0; step < COLORS && taken.has(color); step += 1) color = (color + 1) % COLORS
    taken.add(color)
    colors.set(name, `c${color + 1}`)
  }
  return colors
}

function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}

const SECOND = 1000
const STEPS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 20, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60 * SECOND),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * 3600 * SECOND),
]

/** Round moments of a length of time, from 0 on: at most seven. */
export function roundTicks(lengthMs: number): number[] {
  const step = STEPS_MS.find((each) => lengthMs / each <= 6) ?? Math.ceil(lengthMs / 6)
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, index) => index * step)
}

/** A round moment without its noughts: `0`, `200ms`, `5s`, `2m`, `1h 30m`. */
export function formatTick(ms: number): string {
  if (ms === 0) return '0'
  if (ms < SECOND) return `${ms}ms`
  const seconds = Math.round(ms / SECOND)
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ]
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count}${unit}`])).join(' ')
}
