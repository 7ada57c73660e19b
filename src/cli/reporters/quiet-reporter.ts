import type { ProgressEvent } from '../../progress/progress.ts'
import type { ErrorFacts } from '../error-facts.ts'
import { createPaint, type Paint } from '../format/paint.ts'
import { errorLines } from '../print/error-lines.ts'
import { warningLines } from '../print/warning-lines.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Outcome, Reporter } from './reporter.ts'

/** Tells a person at a terminal nothing but warnings and errors. */
export class QuietReporter implements Reporter {
  readonly #stream: Surroundings['stderr']
  readonly #paint: Paint

  constructor({ stderr, env }: Surroundings) {
    this.#stream = stderr
    this.#paint = createPaint(stderr, env)
  }

  report(event: ProgressEvent): void {
    if (event.type === 'warning') this.#tell(warningLines(event, this.#paint))
  }

  notice(message: string): void {
    this.#tell([this.#paint.yellow(message)])
  }

  finished({ warnings }: Outcome): void {
    this.#tell(warnings.flatMap((warning) => warningLines(warning, this.#paint)))
  }

  failed(error: ErrorFacts): void {
    this.#tell(errorLines(error, this.#paint))
  }

  pause(): void {
    // Nothing on the screen moves.
  }

  close(): void {
    // Nothing on the screen moves.
  }

  #tell(lines: readonly string[]): void {
    if (lines.length > 0) this.#stream.write(`${lines.join('\n')}\n`)
  }
}
