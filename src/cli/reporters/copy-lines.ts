import { formatCount } from '../../core/count-of.ts'
import type { CopyProgress, RunningPart } from '../../progress/byte-estimate.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatTimeLeft } from '../format/format-duration.ts'
import type { Paint } from '../format/paint.ts'
import { printableName } from '../format/printable.ts'
import { padRight, textWidth, truncate } from '../format/text-width.ts'

const GAP = '  '
const NARROWEST_BAR = 10
const WIDEST_BAR = 40
const WIDEST_NAME = 44

/** The line of copying as a whole, in at most `width` columns: what fits of bar, percent, time left, bytes and rates. */
export function overallLine(label: string, progress: CopyProgress, width: number, paint: Paint): string {
  const facts = factsThatFit(progress, width - label.length - NARROWEST_BAR - 2 * GAP.length)
  const room = width - label.length - 2 * GAP.length - textWidth(facts)
  const bar = drawBar(progress.fraction, Math.min(WIDEST_BAR, room), paint)
  return `${paint.bold(label)}${GAP}${bar}${GAP}${facts}`
}

/** The line of a part that is being read, its name cut so that it fits in `width` columns. */
export function partLine(part: RunningPart, nameWidth: number, width: number, paint: Paint): string {
  const place = part.parts > 1 ? `${part.part}/${part.parts}` : ''
  const bytes = formatBytes(part.bytes).padStart(8)
  const expected = part.expectedBytes > part.bytes ? ` of ~${formatBytes(part.expectedBytes)}` : ''
  const full = `${place.padStart(7)}${GAP}${bytes}${expected.padEnd(13)}`
  const facts = width >= 70 ? full : width >= 50 ? `${place.padStart(7)}${GAP}${bytes}` : bytes
  const room = Math.min(nameWidth, width - 2 * GAP.length - textWidth(facts))
  const name = padRight(truncate(printableName(part.table), room), room)
  return `${GAP}${name}${GAP}${paint.dim(facts.trimEnd())}`
}

/** The columns that the longest of some names takes, within reason. */
export function nameWidthOf(parts: readonly RunningPart[]): number {
  return Math.min(WIDEST_NAME, Math.max(0, ...parts.map(({ table }) => textWidth(printableName(table)))))
}

/** The facts in the order they are shown; where there is too little room, the least important go first. */
function factsThatFit(progress: CopyProgress, room: number): string {
  const { fraction, doneBytes, totalBytes, bytesPerSecond, rowsPerSecond, secondsLeft } = progress
  const left = secondsLeft === undefined ? '' : `${formatTimeLeft(secondsLeft)} left`
  const facts = [
    { importance: 4, text: `${Math.floor(fraction * 100)}%`.padStart(4) },
    {
      importance: 2,
      text: `${formatBytes(doneBytes).padStart(8)} of ~${formatBytes(totalBytes)}`.padEnd(21),
    },
    { importance: 1, text: `${formatBytes(bytesPerSecond)}/s`.padStart(10) },
    { importance: 0, text: `${formatCount(rowsPerSecond)} rows/s`.padStart(16) },
    { importance: 3, text: left.padEnd(12) },
  ]
  for (let least = 0; least <= 4; least++) {
    const shown = facts.filter(({ importance }) => importance >= least)
    const line = shown.map(({ text }) => text).join(GAP)
    if (textWidth(line) <= room) return line
  }
  return ''
}

function drawBar(fraction: number, width: number, paint: Paint): string {
  const done = Math.round(fraction * width)
  return paint.cyan('█'.repeat(done)) + paint.dim('░'.repeat(Math.max(0, width - done)))
}
