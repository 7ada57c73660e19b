import { MultiBar } from 'cli-progress'
import { nameKey } from '../../core/table-name.ts'
import type { ByteEstimate, RunningPart } from '../../progress/byte-estimate.ts'
import type { Paint } from '../format/paint.ts'
import type { OutputStream } from '../surroundings.ts'
import { nameWidthOf, overallLine, partLine } from './copy-lines.ts'
import type { PhaseDisplay } from './phase-display.ts'

const CLEAR_BELOW = '\u001b[J'
const WRAP_ON = '\u001b[?7h'
const WRAP_OFF = '\u001b[?7l'
/** Rows of the terminal that are left to other lines. */
const ROWS_KEPT_FREE = 3

/** The progress of copying on a terminal: a line for the whole, and one for every part that is being read now. */
export class CopyBars implements PhaseDisplay {
  readonly #label: string
  readonly #copying: ByteEstimate
  readonly #stream: OutputStream
  readonly #paint: Paint
  readonly #bars: MultiBar
  /** A part keeps its line until it has finished; the next one takes the line over. */
  #slots: (string | undefined)[] = []
  #lines: string[] = []
  #lineCount = 0
  #nameWidth = 0

  constructor(label: string, copying: ByteEstimate, stream: OutputStream, paint: Paint) {
    this.#label = label
    this.#copying = copying
    this.#stream = stream
    this.#paint = paint
    this.#bars = new MultiBar({
      stream,
      format: () => '',
      // Lines written above leave nothing of the bars behind, so they are drawn again even when unchanged.
      forceRedraw: true,
      clearOnComplete: true,
      hideCursor: true,
      gracefulExit: false,
    })
    this.#bars.on('update-pre', () => this.#redraw())
    this.#redraw()
  }

  update(): void {
    // The bars draw themselves ten times a second.
  }

  above(lines: readonly string[]): void {
    this.#bars.log(`${CLEAR_BELOW}${WRAP_ON}${lines.join('\n')}\n${WRAP_OFF}`)
    this.#bars.update()
  }

  stop(): void {
    this.#bars.stop()
  }

  #redraw(): void {
    const running = this.#copying.running
    const width = (this.#stream.columns ?? 80) - 1
    this.#nameWidth = Math.max(this.#nameWidth, nameWidthOf(running))
    const parts = this.#place(running).map((part) => {
      return part === undefined ? '' : partLine(part, this.#nameWidth, width, this.#paint)
    })
    this.#lines = [overallLine(this.#label, this.#copying.at(Date.now()), width, this.#paint), ...parts]
    while (this.#lineCount < Math.min(this.#lines.length, this.#mostLines())) this.#addLine()
  }

  #place(running: readonly RunningPart[]): (RunningPart | undefined)[] {
    const byKey = new Map(running.map((part) => [`${part.part} ${nameKey(part.table)}`, part]))
    this.#slots = this.#slots.map((key) => (key !== undefined && byKey.has(key) ? key : undefined))
    for (const key of byKey.keys()) {
      if (this.#slots.includes(key)) continue
      const free = this.#slots.indexOf(undefined)
      this.#slots[free === -1 ? this.#slots.length : free] = key
    }
    return this.#slots.map((key) => (key === undefined ? undefined : byKey.get(key)))
  }

  #addLine(): void {
    const index = this.#lineCount++
    this.#bars.create(1, 0, {}, { format: () => this.#lines[index] ?? '' })
  }

  #mostLines(): number {
    return Math.max(1, (this.#stream.rows ?? 24) - ROWS_KEPT_FREE)
  }
}
