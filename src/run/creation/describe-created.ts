import { countOf } from '../../core/count-of.ts'
import type { CreatedCounts } from '../../state/created-objects.ts'

/** How many objects of each kind there are, in the order in which the kinds first appear. */
export function countKinds(
  objects: readonly { readonly kind: string; readonly placeholderOf?: unknown }[],
): CreatedCounts {
  const counts = new Map<string, number>()
  for (const { kind, placeholderOf } of objects)
    if (placeholderOf === undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts]
}

/** As text: `1 schema, 12 tables, 14 indexes`. */
export function describeCreated(counts: CreatedCounts): string {
  return counts.map(([kind, count]) => countOf(count, kind, pluralOf(kind))).join(', ')
}

function pluralOf(kind: string): string {
  if (IRREGULAR.has(kind)) return kind
  if (kind.endsWith('y')) return `${kind.slice(0, -1)}ies`
  return /(x|ss)$/.test(kind) ? `${kind}es` : `${kind}s`
}

const IRREGULAR = new Set(['statistics', 'default privileges', 'privileges'])
