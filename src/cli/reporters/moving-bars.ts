import { MultiBar } from 'cli-progress'
import type { OutputStream } from '../surroundings.ts'
import type { PhaseLines } from './phase-lines.ts'

const CLEAR_BELOW = '\u001b[J'
const WRAP_ON = '\u001b[?7h'
const WRAP_OFF = '\u001b[?7l'
/** Rows of the terminal that are left to other lines. */
const ROWS_KEPT_FREE = 3

/** The progress of a phase on a terminal: a line for the whole, and one for each table that is worked on now. */
export class MovingBars implements PhaseDisplay {
  readonly #describe: (width: number) => PhaseLines
  readonly #stream: OutputStream
  readonly #bars: MultiBar
  /** A table keeps its line until it is done; the next one takes the line over. */
  #slots: (string | undefined)[] = []
  #lines: string[] = []
  #lineCount = 0

  constructor(describe: (width: number) => PhaseLines, stream: OutputStream) {
    this.#describe = describe
    this.#stream = stream
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
    const { head, pieces } = this.#describe((this.#stream.columns ?? 80) - 1)
    this.#lines = [head, ...this.#place(new Map(pieces.map(({ key, line }) => [key, line])))]
    while (this.#lineCount < Math.min(this.#lines.length, this.#mostLines())) this.#addLine()
  }

  #place(lines: ReadonlyMap<string, string>): string[] {
    this.#slots = this.#slots.map((key) => (key !== undefined && lines.has(key) ? key : undefined))
    for (const key of lines.keys()) {
      if (this.#slots.includes(key)) continue
      const free = this.#slots.indexOf(undefined)
      this.#slots[free === -1 ? this.#slots.length : free] = key
    }
    return this.#slots.map((key) => (key === undefined ? '' : (lines.get(key) ?? '')))
  }

  #addLine(): void {
    const index = this.#lineCount++
    this.#bars.create(1, 0, {}, { format: () => this.#lines[index] ?? '' })
  }

  #mostLines(): number {
    return Math.max(1, (this.#stream.rows ?? 24) - ROWS_KEPT_FREE)
  }
}

/** What shows a phase on a terminal while it lasts. */
export interface PhaseDisplay {
  /** Shows what has changed. */
  update(): void
  /** Prints finished lines above the display, which stays whole. */
  above(lines: readonly string[]): void
  /** Removes the display from the terminal. */
  stop(): void
}
