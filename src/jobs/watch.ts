import type { Report } from '../core/progress.ts'

/** How a job tells what it does, and how it is told to stop. The signal's reason is an InterruptedError. */
export interface Watch {
  readonly report: Report
  readonly signal: AbortSignal
}
