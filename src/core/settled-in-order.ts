/** Waits for all that was begun. @throws the first failure in the order given, not in that of time */
export async function settledInOrder<T extends readonly unknown[]>(
  begun: {
    readonly [K in keyof T]: Promise<T[K]>
  },
): Promise<T> {
  const outcomes = await Promise.allSettled(begun)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return Promise.all(begun) as Promise<unknown> as Promise<T>
}
