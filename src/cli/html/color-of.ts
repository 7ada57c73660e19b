import type { WorkSpan } from '../../progress/timeline.ts'
import { COLORS } from './page-style.ts'

/** Gives the names of pieces of work a colour class each, those that took longest first; the rest share the last one. */
export function colorsOf(spans: readonly WorkSpan[]): ReadonlyMap<string, string> {
  const times = new Map<string, number>()
  for (const { name, from, to } of spans) times.set(name, (times.get(name) ?? 0) + to - from)
  const names = [...times].sort(([, a], [, b]) => b - a).map(([name]) => name)
  return new Map(names.map((name, index) => [name, `c${Math.min(index + 1, COLORS)}`]))
}
