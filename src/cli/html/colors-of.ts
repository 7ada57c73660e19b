import { COLORS } from './page-style.ts'

/**
 * Gives names a colour class each: that of the name's hash (FNV-1a), so that a table looks the same on every page, or the next that no other name has
 * while there are enough.
 */
export function colorsOf(names: Iterable<string>): ReadonlyMap<string, string> {
  const taken = new Set<number>()
  const colors = new Map<string, string>()
  for (const name of [...new Set(names)].sort()) {
    let color = hash(name) % COLORS
    for (let step = 0; step < COLORS && taken.has(color); step += 1) color = (color + 1) % COLORS
    taken.add(color)
    colors.set(name, `c${color + 1}`)
  }
  return colors
}

function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}
