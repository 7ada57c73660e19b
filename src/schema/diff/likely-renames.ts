import { quoteQualified } from '../quote-name.ts'
import type { TableDetails } from '../table-details.ts'
import type { Difference } from './difference.ts'
import type { Sides } from './sides.ts'

/** Names tables that may be the same under two names: one on each side, with the same columns. It does not guess which ones are. */
export function noteTableRenames(
  differences: readonly Difference[],
  { source, target }: Sides,
): Difference[] {
  const [missing, extra] = [tablesOf(differences, source, 'target'), tablesOf(differences, target, 'source')]
  const notes = new Map<Difference, string>()
  for (const [difference, table] of missing) {
    const alike = [...extra].filter(([, other]) => signature(other) === signature(table))
    const [twin, ...others] = alike
    const isOnly = [...missing.values()].filter((other) => signature(other) === signature(table)).length === 1
    if (twin === undefined || others.length > 0 || !isOnly) continue
    notes.set(difference, `perhaps it is ${quoteQualified(twin[1].name)} of the target under another name`)
    notes.set(twin[0], `perhaps it is ${quoteQualified(table.name)} of the source under its old name`)
  }
  return differences.map((difference) => {
    const note = notes.get(difference)
    const [first, ...rest] = difference.changes
    if (note === undefined || first === undefined) return difference
    return { ...difference, changes: [{ ...first, what: `${first.what}; ${note}` }, ...rest] }
  })
}

function tablesOf(
  differences: readonly Difference[],
  side: Sides['source'],
  missingIn: 'source' | 'target',
): Map<Difference, TableDetails> {
  return new Map(
    differences.flatMap((difference) => {
      const { kind, ids, of } = difference
      if (kind !== 'table' || ids[missingIn] !== undefined || of === undefined) return []
      const table = side.relations.get(of)?.table
      return table === undefined ? [] : [[difference, table]]
    }),
  )
}

function signature({ columns }: TableDetails): string {
  return JSON.stringify(columns.map(({ name, type }) => [name, type]))
}
