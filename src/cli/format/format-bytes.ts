const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** A number of bytes as a person reads it, in decimal units with one digit after the point: `54.3 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  // 999.95 would round up to 1000.0, which belongs to the next unit.
  while (value >= (unit === 0 ? 1000 : 999.95) && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}
