import { formatCount } from '../../core/count-of.ts'
import type { Sample, Timeline } from '../../progress/timeline.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { html, type Markup } from './markup.ts'

const WIDTH = 1000
const HEIGHT = 100

/** How fast bytes were copied and documents sent over the time of a run. */
export function renderThroughput({ samples, phases }: Timeline): Markup {
  const lengthMs = Math.max(1, ...phases.map(({ to }) => to))
  const charts = [
    chart(
      samples,
      lengthMs,
      ({ bytes }) => bytes,
      (rate) => `${formatBytes(rate)}/s`,
      'Copied',
    ),
    chart(
      samples,
      lengthMs,
      ({ documents }) => documents,
      (rate) => `${formatCount(rate)} documents/s`,
      'Sent',
    ),
  ].flatMap((each) => each ?? [])
  return charts.length === 0 ? html`<p class="faint">Nothing was copied or sent.</p>` : html`${charts}`
}

function chart(
  samples: readonly Sample[],
  lengthMs: number,
  totalOf: (sample: Sample) => number,
  format: (rate: number) => string,
  verb: string,
): Markup | undefined {
  const rates = samples.map((sample, index) => {
    const before = samples[index - 1] ?? { at: 0, bytes: 0, documents: 0 }
    const seconds = Math.max(1, sample.at - before.at) / 1000
    return { from: before.at, to: sample.at, rate: (totalOf(sample) - totalOf(before)) / seconds }
  })
  const highest = Math.max(0, ...rates.map(({ rate }) => rate))
  if (highest === 0) return undefined
  const x = (ms: number) => ((WIDTH * ms) / lengthMs).toFixed(1)
  const y = (rate: number) => (HEIGHT - (HEIGHT * rate) / highest).toFixed(1)
  const steps = rates.map(({ from, to, rate }) => `L${x(from)} ${y(rate)}L${x(to)} ${y(rate)}`).join('')
  const label = `${verb} at up to ${format(highest)}, over ${formatDuration(lengthMs)}`
  return html`<figure><figcaption>${label}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}"><path d="M0 ${HEIGHT}${steps}L${x(rates.at(-1)?.to ?? 0)} ${HEIGHT}Z"/></svg></figure>`
}
