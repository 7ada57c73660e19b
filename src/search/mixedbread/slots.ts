/** Runs work as soon as a slot is free, in the order in which it was given. */
type Slots = <T>(work: () => Promise<T>) => Promise<T>

/** As many slots as work may run at once. */
export function slots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

/** Works on every item; after a failure no more are begun, and it is thrown once those under way have ended. */
export async function eachInSlots<Item, Result>(
  take: Slots,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const failures: unknown[] = []
  const runs = items.map((item, index) =>
    take(async () => {
      if (failures.length === 0) results[index] = await work(item)
    }).catch((error: unknown) => failures.push(error)),
  )
  await Promise.all(runs)
  if (failures.length > 0) throw failures[0]
  return results
}
