import pg from 'pg'

/** `"char"`, `name` and `text`, by the object ids of their types, which never change. */
const TEXTS = new Set([18, 19, 25])
/** Arrays of numbers, of object ids, of names and of texts; and JSON. */
const COMPOSED = new Set([1005, 1007, 1028, 1003, 1009, 114, 3802])
/** What is longer is a document of users, and no definition. */
const MOST_SHARED_CHARS = 10_000
/** What a column of a result has more different values of than this is not shared. */
const MOST_DIFFERENT = 1000

/**
 * Parses values as node-postgres does, but gives equal values of a column as one, which cannot be changed. A catalog repeats names of schemas, types and owners
 * for each table, and whole definitions for each tenant: most of the memory for it would be copies.
 */
export const SHARING_TYPES: pg.CustomTypesConfig = {
  // It is asked once for each column of a result.
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    const parse = pg.types.getTypeParser(oid, format)
    if (format === 'binary') return parse
    return TEXTS.has(oid) || COMPOSED.has(oid) ? sharing(parse) : parse
  },
}

function sharing(parse: (text: string) => unknown): (text: string) => unknown {
  const known = new Map<string, unknown>()
  let last: string | undefined
  let value: unknown
  return (text) => {
    if (text === last) return value
    if (text.length > MOST_SHARED_CHARS) return parse(text)
    last = text
    value = known.get(text)
    if (value !== undefined) return value
    value = frozen(parse(text))
    if (known.size < MOST_DIFFERENT) known.set(text, value)
    return value
  }
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const each of Object.values(value)) frozen(each)
  return Object.freeze(value)
}
