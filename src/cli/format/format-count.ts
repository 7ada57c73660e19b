const THOUSANDS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** A whole number with thousands separators: `1,203,441`. */
export function formatCount(count: number): string {
  return THOUSANDS.format(count)
}

/** A whole number with its noun: `1 table`, `24 tables`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`
}
