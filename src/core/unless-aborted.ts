/** Waits for `work`, but no longer than until `signal` aborts: then it throws `reason()`, and whatever becomes of the work is ignored. */
export async function unlessAborted<T>(
  signal: AbortSignal,
  reason: () => unknown,
  work: () => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw reason()
  const { promise, abort } = rejectable(reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work(), promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function rejectable(reason: () => unknown): { readonly promise: Promise<never>; readonly abort: () => void } {
  let abort: () => void = () => undefined
  const promise = new Promise<never>((_, reject) => {
    abort = () => reject(reason())
  })
  return { promise, abort }
}
