import { formatCount } from '../../core/count-of.ts'
import type { Sample, Timeline } from '../../progress/timeline.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { html, type Markup } from './markup.ts'

const WIDTH = 1000
const HEIGHT = 100
/** Fewer make a picture of blocks that says nothing. */
const FEWEST_SAMPLES = 10

/** How fast bytes were copied and documents sent over the time of a run; undefined where a picture would say nothing. */
export function renderThroughput({ samples, phases }: Timeline): Markup | undefined {
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
