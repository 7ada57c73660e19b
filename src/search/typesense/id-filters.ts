const LONGEST = 3000

/** Whether a filter can name an id: a backtick cannot be escaped in it, and other signs have meanings that differ by version. */
export function isPlain(id: string): boolean {
  return /^[\p{L}\p{N}_.:@/#+=~-]+$/u.test(id)
}

/** Filters, as they stand in a URL, that name these ids, and `most` of them each; ids that are not plain are left out. */
export function* idFilters(ids: readonly string[], most: number, longest = LONGEST): Generator<string> {
  let list: string[] = []
  let length = 0
  for (const id of ids.filter(isPlain)) {
    const item = encodeURIComponent(`\`${id}\``)
    if (list.length > 0 && (list.length >= most || length + item.length + 1 > longest - FRAME.length)) {
      yield framed(list)
      list = []
      length = 0
    }
    list.push(item)
    length += item.length + 1
  }
  if (list.length > 0) yield framed(list)
}

const FRAME = encodeURIComponent('id:[]')

function framed(list: readonly string[]): string {
  return `${encodeURIComponent('id:[')}${list.join(',')}${encodeURIComponent(']')}`
}
