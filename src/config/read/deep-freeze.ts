/** Freezes a value and everything in it, and returns it. The entries of a Map are frozen, the Map by its type only. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  const inner = value instanceof Map ? value.values() : Object.values(value)
  for (const item of inner) deepFreeze(item)
  return value
}
