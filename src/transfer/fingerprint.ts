/** Facts that change while nothing that matters does. */
const VOLATILE = new Set(['bytes', 'pages', 'estimatedRows', 'fileNode'])

/** A text that two catalogs share exactly when they say the same of their schema. */
export function fingerprintOf(catalog: object): string {
  return JSON.stringify(catalog, (key, value: unknown) => {
    if (VOLATILE.has(key)) return undefined
    if (value instanceof Set) return [...value].sort()
    if (value instanceof Map) return [...value]
    return value
  })
}
