import { findingsOf, InterruptedError, MbsyncError, RefusedError } from '../core/errors.ts'
import { EXIT_CODES } from '../core/exit-codes.ts'
import type { RunFailure } from '../state/runs.ts'

/** What the state stores about an error that ended a run. It contains nothing that is not printed, too. */
export function describeFailure(error: unknown): RunFailure {
  return {
    status: statusOf(error),
    error: error instanceof Error ? error.message : String(error),
    hint: error instanceof MbsyncError ? error.hint : undefined,
    findings: findingsOf(error),
  }
}

/** The exit code of mbsync for an error. */
export function exitCodeOf(error: unknown): number {
  return error instanceof MbsyncError ? error.exitCode : EXIT_CODES.failed.code
}

function statusOf(error: unknown): RunFailure['status'] {
  if (error instanceof InterruptedError) return 'interrupted'
  return error instanceof RefusedError ? 'refused' : 'failed'
}
