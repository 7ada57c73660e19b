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
  work: Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  work.catch(() => undefined)
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal?.reason)
    const timer = setTimeout(() => reject(new NoAnswerError()), limitMs)
    signal?.addEventListener('abort', abort)
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    })
  })
}
