import ora, { type Ora } from 'ora'
import type { ProgressEvent } from '../../progress/progress.ts'
import { RunProgress } from '../../progress/run-progress.ts'
import type { ErrorFacts } from '../error-facts.ts'
import { formatTimeLeft } from '../format/format-duration.ts'
import { createPaint, type Paint } from '../format/paint.ts'
import { truncate } from '../format/text-width.ts'
import { wrapLine } from '../format/wrap-line.ts'
import { errorLines } from '../print/error-lines.ts'
import type { OutputStream, Surroundings } from '../surroundings.ts'
import { describeFinishedPhase, describePhase, isPhaseDone } from './describe-phase.ts'
import { eventLines } from './event-lines.ts'
import { MovingBars, type PhaseDisplay } from './moving-bars.ts'
import { type PhaseLines, phaseLines } from './phase-lines.ts'
import type { Reporter } from './reporter.ts'

/** The events that change what a spinner says. */
const MOVING: ReadonlySet<string> = new Set([
  'table-compared',
  'rows-written',
  'table-merged',
  'search-step',
  'documents-planned',
  'documents-answered',
  'documents-deleted',
  'work-started',
  'snapshot',
])

/** After this, a spinner says how long the phase has lasted. */
const CLOCK_AFTER_MS = 2000
/** A phase that is over before shows no bars, but for copying. */
const BARS_AFTER_MS = 1000
const LOOK_EVERY_MS = 500

/** Shows a job to a person at a terminal: bars while rows are copied, a spinner for the rest, a line for what is done. */
export class TerminalReporter implements Reporter {
  readonly #stream: Surroundings['stderr']
  readonly #paint: Paint
  readonly #isVerbose: boolean
  readonly #progress = new RunProgress()
  readonly #timer: NodeJS.Timeout
  #display: PhaseDisplay | undefined
  #nameWidth = 0

  constructor({ stderr, env }: Surroundings, isVerbose = false) {
    this.#isVerbose = isVerbose
    this.#stream = stderr
    this.#paint = createPaint(stderr, env)
    // Within a statement nothing is heard of the server, and time passes.
    this.#timer = setInterval(() => this.#showBars(), LOOK_EVERY_MS).unref()
  }

  report(event: ProgressEvent): void {
    if (event.type === 'phase') this.#finishPhase()
    this.#progress.observe(event, Date.now())
    if (event.type === 'phase') this.#startPhase()
    this.#showBars()
    if (MOVING.has(event.type)) this.#display?.update()
    this.#tell(eventLines(event, this.#paint, this.#statementColumns()))
  }

  notice(message: string): void {
    this.#tell([this.#paint.yellow(message)])
  }

  finished(): void {
    this.#finishPhase()
  }

  failed(error: ErrorFacts): void {
    this.close()
    this.#tell(errorLines(error, this.#paint))
  }

  pause(): void {
    this.#finishPhase()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#hide()
  }

  #hide(): void {
    this.#display?.stop()
    this.#display = undefined
  }

  #startPhase(): void {
    if (this.#progress.phase === undefined) return
    this.#nameWidth = 0
    this.#display = new PhaseSpinner(() => this.#describe(), this.#stream, this.#paint)
  }

  /** What is done, and for how long. */
  #describe(): string {
    const { phase, phaseStartedMs } = this.#progress
    if (phase === undefined) return ''
    const nowMs = Date.now()
    const tookMs = nowMs - phaseStartedMs
    const clock = tookMs < CLOCK_AFTER_MS ? '' : ` (${formatTimeLeft(Math.floor(tookMs / 1000))})`
    return describePhase(phase, this.#progress, nowMs) + clock
  }

  /** Bars take the place of the spinner once it is known how much there is to do. */
  #showBars(): void {
    if (!(this.#display instanceof PhaseSpinner)) return
    const { copying, phaseStartedMs } = this.#progress
    const isDue = copying.isCopying || Date.now() - phaseStartedMs >= BARS_AFTER_MS
    if (!isDue || this.#lines(this.#stream.columns ?? 80) === undefined) return
    this.#hide()
    this.#display = new MovingBars((width) => {
      return this.#lines(width) ?? { head: truncate(this.#describe(), width), pieces: [] }
    }, this.#stream)
  }

  #lines(width: number): PhaseLines | undefined {
    const space = { width, nameWidth: this.#nameWidth, paint: this.#paint, nowMs: Date.now() }
    const lines = phaseLines(this.#progress, space)
    this.#nameWidth = Math.max(this.#nameWidth, lines?.nameWidth ?? 0)
    return lines
  }

  #finishPhase(): void {
    const { phase } = this.#progress
    if (phase === undefined || this.#display === undefined) return
    this.#hide()
    const summary = describeFinishedPhase(phase, this.#progress, Date.now())
    const sign = isPhaseDone(phase, this.#progress) ? this.#paint.green('✔') : this.#paint.red('✖')
    this.#tell([`${sign} ${summary}`])
  }

  #statementColumns(): number | undefined {
    return this.#isVerbose ? this.#stream.columns || 80 : undefined
  }

  #tell(lines: readonly string[]): void {
    if (lines.length === 0) return
    const wrapped = lines.flatMap((line) => wrapLine(line, this.#stream.columns || 80).split('\n'))
    if (this.#display === undefined) this.#stream.write(`${wrapped.join('\n')}\n`)
    else this.#display.above(wrapped)
  }
}

/** A phase whose end cannot be foreseen: a spinner and what is being done. */
class PhaseSpinner implements PhaseDisplay {
  readonly #describe: () => string
  readonly #stream: OutputStream
  readonly #spinner: Ora
  readonly #timer: NodeJS.Timeout

  constructor(describe: () => string, stream: OutputStream, paint: Paint) {
    this.#describe = describe
    this.#stream = stream
    this.#spinner = ora({
      stream,
      text: this.#text(),
      color: paint.isColored ? 'cyan' : false,
      isEnabled: true,
      // Raw mode would keep Ctrl-C from becoming a SIGINT.
      discardStdin: false,
    }).start()
    // Within a statement nothing is heard of the server, and time passes.
    this.#timer = setInterval(() => this.update(), 1000).unref()
  }

  update(): void {
    this.#spinner.text = this.#text()
  }

  above(lines: readonly string[]): void {
    this.#spinner.clear()
    this.#stream.write(`${lines.join('\n')}\n`)
    this.#spinner.render()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#spinner.stop()
  }

  #text(): string {
    return truncate(this.#describe(), (this.#stream.columns ?? 80) - 3)
  }
}
