import type { ProgressEvent } from '../../progress/progress.ts'
import type { ErrorFacts } from '../error-facts.ts'
import type { Outcome, Reporter } from './reporter.ts'

/** Tells several reporters the same. */
export class TeeReporter implements Reporter {
  readonly #reporters: readonly Reporter[]

  constructor(reporters: readonly Reporter[]) {
    this.#reporters = reporters
  }

  report(event: ProgressEvent): void {
    for (const reporter of this.#reporters) reporter.report(event)
  }

  notice(message: string): void {
    for (const reporter of this.#reporters) reporter.notice(message)
  }

  finished(outcome: Outcome): void {
    for (const reporter of this.#reporters) reporter.finished(outcome)
  }

  failed(error: ErrorFacts): void {
    for (const reporter of this.#reporters) reporter.failed(error)
  }

  pause(): void {
    for (const reporter of this.#reporters) reporter.pause()
  }

  close(): void {
    for (const reporter of this.#reporters) reporter.close()
  }
}
