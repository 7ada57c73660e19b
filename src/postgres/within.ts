import { unlessAborted } from '../core/unless-aborted.ts'
import { withDeadline } from '../core/with-deadline.ts'

/** What was waited for has not come in time. */
export class NoAnswerError extends Error {
  constructor() {
    super('timeout expired')
  }
}

/**
 * Waits for `work` for `limitMs` at most, and not after an abort; `work` itself goes on, so the caller ends what it runs on.
 * @throws NoAnswerError, or the reason of the abort
 */
export async function within<T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  return withDeadline(limitMs, signal, (deadline) => unlessAborted(deadline, () => noAnswer(signal), work))
}

/** Why something is no longer waited for: the reason of an abort, or that its time is over. */
export function noAnswer(signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true ? signal.reason : new NoAnswerError()
}
