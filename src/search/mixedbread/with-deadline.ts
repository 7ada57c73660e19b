/**
 * Gives `work` a signal that aborts with `signal`, or after `limitMs`. Unlike `AbortSignal.any`, it leaves nothing behind on a
 * signal that lives as long as the run.
 */
export async function withDeadline<T>(
  limitMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const controller = new AbortController()
  const abort = () => controller.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const timer = setTimeout(() => controller.abort(), limitMs)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
