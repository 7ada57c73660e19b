import type { ProgressEvent } from '../../progress/progress.ts'
import { RunProgress } from '../../progress/run-progress.ts'
import type { ErrorFacts } from '../error-facts.ts'
import { formatTimeLeft } from '../format/format-duration.ts'
import { createPaint, type Paint } from '../format/paint.ts'
import { wrapLine } from '../format/wrap-line.ts'
import { errorLines } from '../print/error-lines.ts'
import type { Surroundings } from '../surroundings.ts'
import { CopyBars } from './copy-bars.ts'
import { copyingLabel, describeFinishedPhase, describePhase, isPhaseDone } from './describe-phase.ts'
import { eventLines } from './event-lines.ts'
import type { PhaseDisplay } from './phase-display.ts'
import { PhaseSpinner } from './phase-spinner.ts'
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
  'snapshot',
])

/** After this, a spinner says how long the phase has lasted. */
const CLOCK_AFTER_MS = 2000

/** Shows a job to a person at a terminal: bars while rows are copied, a spinner for the rest, a line for what is done. */
export class TerminalReporter implements Reporter {
  readonly #stream: Surroundings['stderr']
  readonly #paint: Paint
  readonly #isVerbose: boolean
  readonly #progress = new RunProgress()
  #display: PhaseDisplay | undefined

  constructor({ stderr, env }: Surroundings, isVerbose = false) {
    this.#isVerbose = isVerbose
    this.#stream = stderr
    this.#paint = createPaint(stderr, env)
  }

  report(event: ProgressEvent): void {
    if (event.type === 'phase') this.#finishPhase()
    this.#progress.observe(event, Date.now())
    if (event.type === 'phase') this.#startPhase()
    if (event.type === 'copy-planned' || this.#isFirstOfCopying(event)) this.#showBars()
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
    this.#display?.stop()
    this.#display = undefined
  }

  #startPhase(): void {
    const { phase } = this.#progress
    if (phase === undefined) return
    const describe = () => {
      const nowMs = Date.now()
      const tookMs = nowMs - this.#progress.phaseStartedMs
      const clock = tookMs < CLOCK_AFTER_MS ? '' : ` (${formatTimeLeft(Math.floor(tookMs / 1000))})`
      return describePhase(phase, this.#progress, nowMs) + clock
    }
    this.#display = new PhaseSpinner(describe, this.#stream, this.#paint)
  }

  #showBars(): void {
    this.close()
    const { phase, copying } = this.#progress
    this.#display = new CopyBars(copyingLabel(phase), copying, this.#stream, this.#paint)
  }

  #isFirstOfCopying(event: ProgressEvent): boolean {
    return (
      event.type === 'snapshot' &&
      event.snapshot.copying !== undefined &&
      this.#display instanceof PhaseSpinner &&
      copyingLabel(this.#progress.phase) !== ''
    )
  }

  #finishPhase(): void {
    const { phase } = this.#progress
    if (phase === undefined || this.#display === undefined) return
    this.close()
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
