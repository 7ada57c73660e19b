import type { Confirm } from './confirm.ts'
import type { Report } from './progress.ts'

/** How a job tells what it does, how it is told to stop, and how patient it is. The signal's reason is an InterruptedError. */
export interface JobContext {
  readonly report: Report
  readonly signal: AbortSignal
  /** How long it waits for a run that holds the lock on its target; not at all unless given. */
  readonly lockWaitMs?: number
  /** How it asks for what must be confirmed; without it, what must be confirmed is refused. */
  readonly confirm?: Confirm
}
