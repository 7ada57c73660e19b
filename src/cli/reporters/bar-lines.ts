import { formatCount } from '../../core/count-of.ts'
import type { CopyProgress, RunningTable } from '../../progress/byte-estimate.ts'
import type { SearchProgress } from '../../progress/search-progress.ts'
import type { RunningWork, StageState } from '../../progress/work-progress.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatTimeLeft } from '../format/format-duration.ts'
import type { Paint } from '../format/paint.ts'
import { printable, printableName } from '../format/printable.ts'
import { padRight, textWidth, truncate } from '../format/text-width.ts'
import { DOING, describeAmount } from './describe-stage.ts'

const GAP = '  '
const NARROWEST_BAR = 10
const WIDEST_BAR = 40
const WIDEST_NAME = 44
const BAR_OF_ONE = 12
/** The first bytes say nothing of the time that the others take. */
const TOO_EARLY = 0.005
/** After this, a line says how long its piece has been going on. */
const CLOCK_AFTER_MS = 3000

/** What is shown beside a bar. Where there is too little room, the least important go first. */
interface Fact {
  readonly importance: number
  readonly text: string
}

/** The line of copying as a whole, in at most `width` columns: what fits of bar, percent, time left, bytes and rates. */
export function overallLine(label: string, progress: CopyProgress, width: number, paint: Paint): string {
  const { fraction, doneBytes, totalBytes, bytesPerSecond, rowsPerSecond, secondsLeft } = progress
  return headLine(
    { label, fraction },
    [
      percent(fraction),
      {
        importance: 2,
        text: `${formatBytes(doneBytes).padStart(8)} of ~${formatBytes(totalBytes)}`.padEnd(21),
      },
      { importance: 1, text: `${formatBytes(bytesPerSecond)}/s`.padStart(10) },
      { importance: 0, text: `${formatCount(rowsPerSecond)} rows/s`.padStart(16) },
      timeLeft(fraction < TOO_EARLY ? undefined : secondsLeft),
    ],
    width,
    paint,
  )
}

/** The line of a stage as a whole. */
export function stageLine(label: string, state: StageState, width: number, paint: Paint): string {
  const { fraction, secondsLeft } = state
  const amount = { importance: 2, text: describeAmount(state).padStart(16) }
  return headLine({ label, fraction }, [percent(fraction), amount, timeLeft(secondsLeft)], width, paint)
}

/** The line of a search index whose documents are being sent. */
export function sendingLine(search: SearchProgress, nowMs: number, width: number, paint: Paint): string {
  const { searchIndex = '', planned, deletions, answered, deleted, rejected } = search
  const [done, total] = [answered + deleted, planned + deletions]
  const fraction = total === 0 ? 0 : Math.min(1, done / total)
  const facts = [
    percent(fraction),
    { importance: 2, text: `${formatCount(done)} of ${formatCount(total)} documents` },
    ...(rejected === 0 ? [] : [{ importance: 3, text: `${formatCount(rejected)} rejected` }]),
    timeLeft(search.secondsLeft(nowMs)),
  ]
  return headLine({ label: printable(searchIndex), fraction }, facts, width, paint)
}

/** The line of a table that is being copied, its name cut so that it fits in `width` columns. */
export function tableLine(table: RunningTable, nameWidth: number, width: number, paint: Paint): string {
  const parts = table.parts > 1 ? `${table.finishedParts}/${table.parts}` : ''
  const bytes = formatBytes(table.bytes).padStart(8)
  const expected = table.expectedBytes > table.bytes ? ` of ~${formatBytes(table.expectedBytes)}` : ''
  const full = `${parts.padStart(7)}${GAP}${bytes}${expected.padEnd(13)}`
  const facts = width >= 70 ? full : width >= 50 ? `${parts.padStart(7)}${GAP}${bytes}` : bytes
  const fraction = table.expectedBytes === 0 ? 0 : table.bytes / table.expectedBytes
  return pieceLine({ name: printableName(table.table), fraction, facts }, nameWidth, width, paint)
}

/** The line of a piece of another stage. */
export function workLine(
  work: RunningWork,
  nowMs: number,
  nameWidth: number,
  width: number,
  paint: Paint,
): string {
  const done = `${Math.floor(work.fraction * 100)}%`.padStart(4)
  const tookMs = nowMs - work.sinceMs
  const clock = tookMs < CLOCK_AFTER_MS ? '' : ` for ${formatTimeLeft(Math.floor(tookMs / 1000))}`
  const facts = width >= 60 ? `${done}${GAP}${DOING[work.stage]}${clock}` : done
  return pieceLine({ name: printable(work.name), fraction: work.fraction, facts }, nameWidth, width, paint)
}

/** The columns that the longest of some names takes, within reason. */
export function nameWidthOf(names: readonly string[]): number {
  return Math.min(WIDEST_NAME, Math.max(0, ...names.map(textWidth)))
}

interface Piece {
  readonly name: string
  readonly fraction: number
  readonly facts: string
}

function pieceLine({ name, fraction, facts }: Piece, nameWidth: number, width: number, paint: Paint): string {
  const bar = width >= 70 ? `${drawBar(fraction, BAR_OF_ONE, paint)}${GAP}` : ''
  const room = Math.min(nameWidth, width - 2 * GAP.length - textWidth(bar) - textWidth(facts))
  return `${GAP}${padRight(truncate(name, room), room)}${GAP}${bar}${paint.dim(facts.trimEnd())}`
}

function headLine(
  { label, fraction }: { readonly label: string; readonly fraction: number },
  all: readonly Fact[],
  width: number,
  paint: Paint,
): string {
  const facts = factsThatFit(all, width - textWidth(label) - NARROWEST_BAR - 2 * GAP.length)
  const room = width - textWidth(label) - 2 * GAP.length - textWidth(facts)
  const bar = drawBar(fraction, Math.min(WIDEST_BAR, room), paint)
  return `${paint.bold(label)}${GAP}${bar}${GAP}${facts}`
}

function percent(fraction: number): Fact {
  return { importance: 4, text: `${Math.floor(fraction * 100)}%`.padStart(4) }
}

function timeLeft(secondsLeft: number | undefined): Fact {
  const text = secondsLeft === undefined ? '' : `${formatTimeLeft(secondsLeft)} left`
  return { importance: 3, text: text.padEnd(12) }
}

function factsThatFit(facts: readonly Fact[], room: number): string {
  for (let least = 0; least <= 4; least++) {
    const shown = facts.filter(({ importance }) => importance >= least)
    const line = shown.map(({ text }) => text).join(GAP)
    if (textWidth(line) <= room) return line
  }
  return ''
}

function drawBar(fraction: number, width: number, paint: Paint): string {
  const done = Math.max(0, Math.min(width, Math.round(fraction * width)))
  return paint.cyan('█'.repeat(done)) + paint.dim('░'.repeat(Math.max(0, width - done)))
}
