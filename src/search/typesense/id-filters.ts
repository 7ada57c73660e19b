const LONGEST = 3000

/** Whether a filter can name an id: a backtick cannot be escaped in it, and other signs have meanings that differ by version. */
export function isPlain(id: string): boolean {
  return /^[\p{L}\p{N}_.:@/#+=~-]+$/u.test(id)
}

/** Filters, as they stand in a URL, that name these ids, and `most` of them each; ids that are not plain are left out. */
export function idFilters(ids: readonly string[], most: number, longest = LONGEST): Generator<string> {
  return valueFilters('id', ids, most, longest)
}

/** Filters for documents in which a field has one of these values, or an array with one of them, in the same way. */
export function* valueFilters(
  field: string,
  values: readonly (string | number)[],
  most: number,
  longest = LONGEST,
): Generator<string> {
  // Numbers in backticks are none; an equals sign finds whole texts alone, which ids always are.
  const items = values.flatMap((value) =>
    typeof value === 'number' ? [String(value)] : isPlain(value) ? [encodeURIComponent(`\`${value}\``)] : [],
  )
  const start = encodeURIComponent(field === 'id' ? 'id:[' : `${field}:=[`)
  const frame = start.length + END.length
  let list: string[] = []
  let length = 0
  for (const item of items) {
    if (list.length > 0 && (list.length >= most || length + item.length + 1 > longest - frame)) {
      yield `${start}${list.join(',')}${END}`
      list = []
      length = 0
    }
    list.push(item)
    length += item.length + 1
  }
  if (list.length > 0) yield `${start}${list.join(',')}${END}`
}

const END = encodeURIComponent(']')
