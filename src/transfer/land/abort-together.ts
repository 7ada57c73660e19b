import { setMaxListeners } from 'node:events'

/**
 * Runs several tasks at once. The first failure aborts the signal of the others, and is thrown when all have stopped, because their
 * sessions may still hold locks until then.
 */
export async function abortTogether<T>(
  outer: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<T[]> {
  const failure = new AbortController()
  const signal = AbortSignal.any([outer, failure.signal])
  // Every pipeline adds a listener; this is not a leak.
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
