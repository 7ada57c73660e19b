/**
 * Replaces each item of an array with what `change` makes of it, and returns the array: `map()` would keep both, of which a large schema has tens of thousands.
 */
export function mapInPlace<T, U>(items: T[], change: (item: T, index: number) => U): U[] {
  const changed: (T | U)[] = items
  for (const [index, item] of items.entries()) changed[index] = change(item, index)
  return changed as U[]
}
