import { MbsyncError } from '../core/errors.ts'

/** The SQLSTATE of a statement that was cancelled. */
const QUERY_CANCELED = '57014'

/**
 * The error that a job really ended with. After an abort, a cancelled statement or an unexpected error is only how
 * the interruption showed; an expected error that has nothing to do with it keeps its message and its exit code.
 */
export function endingOf(error: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted) return error
  return error instanceof MbsyncError && !isCancellation(error, signal.reason) ? error : signal.reason
}

function isCancellation(error: unknown, reason: unknown): boolean {
  if (error === reason) return true
  if (!(error instanceof Error)) return false
  const isCancelled = error.name === 'AbortError' || ('code' in error && error.code === QUERY_CANCELED)
  return isCancelled || isCancellation(error.cause, reason)
}
