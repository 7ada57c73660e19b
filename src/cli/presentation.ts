import type { ExitStatus } from '../core/exit-codes.ts'
import type { Figures } from '../notify/ending.ts'
import type { Warning } from '../run/run-result.ts'
import type { Page } from './print/page.ts'

/** How the result of a job is shown. */
export interface Presentation<Result> {
  /** Whether it is printed in any case, or only for a person at a terminal because a log has it already. */
  readonly audience: 'anyone' | 'person'
  readonly print: (result: Result, page: Page) => void
  readonly toJson: (result: Result) => object
  /** The log line that tells the end of the job, with the JSON as its facts. */
  readonly logMessage?: string
  readonly warningsOf?: (result: Result) => readonly Warning[]
  /** What the job did in numbers, for whoever is notified. */
  readonly figuresOf?: (result: Result) => Figures
  /** Whether all is well, so that `--quiet` prints nothing of it. */
  readonly isGoodNews?: (result: Result) => boolean
  /** What is incomplete, in one line, if it ends so. */
  readonly incompleteOf?: (result: Result) => { readonly message: string } | undefined
  /** The exit status of a job that returned; `done` unless given. */
  readonly statusOf?: (result: Result) => ExitStatus
}
