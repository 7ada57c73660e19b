import type { Report } from '../../progress/progress.ts'
import type { Warning } from '../../run/run-result.ts'
import type { ErrorFacts } from '../error-facts.ts'

/** What a job that ended well leaves to tell. */
export interface Outcome {
  /** The log line that says so, such as `run finished`; absent where there is nothing to log. */
  readonly logMessage?: string | undefined
  /** The whole result as JSON. */
  readonly facts: object
  readonly warnings: readonly Warning[]
}

/** Tells on stderr what a job does, to a person or to a log. After `close` it has nothing left on the screen. */
export interface Reporter {
  readonly report: Report
  /** Says that mbsync is stopping, in words that are ready to print. */
  notice(message: string): void
  finished(outcome: Outcome): void
  failed(error: ErrorFacts): void
  /** Removes what moves on the terminal, until the next phase: a person is asked something. */
  pause(): void
  /** Leaves the terminal as it was found: no timers, a visible cursor. May be called twice. */
  close(): void
}
