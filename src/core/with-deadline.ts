/**
 * Gives `work` a signal that aborts with `signal`, or after `limitMs`. Unlike `AbortSignal.any`, it leaves nothing behind on a
 * signal that lives as long as the run, and no time limit is lost to a garbage collection, as Node.js 20 loses those of `any`.
 */
export async function withDeadline<T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const abort = () => controller.abort(signal?.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  const timer = setTimeout(() => controller.abort(), limitMs)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
