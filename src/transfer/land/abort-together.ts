import { setMaxListeners } from 'node:events'

/**
 * Does several things at once. The first failure aborts the signal of the others, and is thrown when all have stopped: what they leave behind on
 * their sessions may hold locks.
 */
export async function abortTogether<T>(
  outer: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<T[]> {
  const failure = new AbortController()
  const signal = AbortSignal.any([outer, failure.signal])
  // Every pipeline listens, and that is no leak.
  setMaxListeners(0, signal)
  const outcomes = await Promise.allSettled(
    works.map((work) =>
      work(signal).catch((error: unknown) => {
        failure.abort(error)
        throw error
      }),
    ),
  )
  outer.throwIfAborted()
  if (failure.signal.aborted) throw failure.signal.reason
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
}
