/** Cuts items into batches that weigh up to `most` together; one that weighs more is a batch of its own. */
export function batchesByWeight<T>(items: readonly T[], most: number, weightOf: (item: T) => number): T[][] {
  const batches: T[][] = []
  let weight = Number.POSITIVE_INFINITY
  for (const item of items) {
    weight += weightOf(item)
    if (weight <= most) batches.at(-1)?.push(item)
    else {
      batches.push([item])
      weight = weightOf(item)
    }
  }
  return batches
}
