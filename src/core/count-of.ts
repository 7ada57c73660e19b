const BETWEEN_THOUSANDS = /\B(?=(\d{3})+$)/g

/** A whole number with thousands separators: `1,203,441`. By hand, as loading what Intl knows of all languages delays every start. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replaceAll(BETWEEN_THOUSANDS, ',')
}

/** The first of some names, and how many more there are: `a, b and 3 more`. */
export function listSome(
  names: readonly string[],
  most: number,
  { separator = ', ', count = names.length } = {},
): string {
  const more = count - Math.min(names.length, most)
  return names.slice(0, most).join(separator) + (more > 0 ? ` and ${more} more` : '')
}

/** A whole number with its noun: `1 table`, `24 tables`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`
}
