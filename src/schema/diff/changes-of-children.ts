import { nameKey, type TableName } from '../../core/table-name.ts'
import { quoteQualified } from '../quote-name.ts'
import type { TableDetails } from '../table-details.ts'
import { compareTable } from './compare-table.ts'
import type { Change, Difference } from './difference.ts'
import { identityOfCheck, parentsOf, type Side, type Sides } from './sides.ts'

/**
 * Leaves out of children what a change of their parent makes in them. A parent that has a child only in the target is not changed without a
 * review, as that would change the child.
 */
export function withoutMadeByParents(differences: readonly Difference[], sides: Sides): Difference[] {
  const keys = new Map<string, Set<string>>()
  for (const { of, changes } of differences) {
    if (of === undefined) continue
    const own = keys.get(nameKey(of)) ?? new Set()
    for (const { key } of changes) if (key !== undefined) own.add(key)
    keys.set(nameKey(of), own)
  }
  const strangers = findStrangers(sides)
  return differences.flatMap((difference) => {
    const { of } = difference
    const table = of === undefined ? undefined : sides.target.relations.get(nameKey(of))?.table
    if (table === undefined) return [difference]
    const made = new Set(parentsOf(table).flatMap((parent) => [...(keys.get(nameKey(parent)) ?? [])]))
    const stranger = strangers.get(nameKey(table.name))
    const changes = difference.changes
      .filter(({ key }) => key === undefined || !made.has(key))
      .map((change) => (stranger === undefined ? change : withStranger(change, stranger)))
    return changes.length === 0 ? [] : [{ ...difference, changes }]
  })
}

function withStranger(change: Change, stranger: TableDetails): Change {
  if (change.key === undefined || change.review !== undefined) return change
  const review = `it changes ${quoteQualified(stranger.name)} too, which belongs to the table only in the target`
  return { ...change, review }
}

/** By {@link nameKey} of the parent, a table that belongs to it only in the target, and that the source has for itself. */
export function findStrangers({ source, target }: Sides): Map<string, TableDetails> {
  const strangers = new Map<string, TableDetails>()
  for (const { table } of target.objects) {
    const other = table === undefined ? undefined : source.relations.get(nameKey(table.name))?.table
    if (table === undefined || other === undefined) continue
    const known = new Set(parentsOf(other).map(nameKey))
    const own = parentsOf(table).filter((parent) => !known.has(nameKey(parent)))
    for (const ancestor of own.flatMap((parent) => withAncestors(parent, target)))
      strangers.set(nameKey(ancestor), table)
  }
  return strangers
}

/** A parent of a new table that is there and differs in what children have from it, and whose own statements do not settle that. */
export function differingParent(
  table: TableDetails,
  sides: Sides,
  strangers: ReadonlyMap<string, TableDetails>,
): TableDetails | undefined {
  const ancestors = parentsOf(table).flatMap((parent) => withAncestors(parent, sides.source))
  return ancestors
    .flatMap((name) => sides.target.relations.get(nameKey(name))?.table ?? [])
    .find((parent) => isUnsettled(parent, sides, strangers.has(nameKey(parent.name))))
}

function isUnsettled(table: TableDetails, sides: Sides, hasStranger: boolean): boolean {
  const [source, target] = [sides.source, sides.target].map(({ relations }) =>
    relations.get(nameKey(table.name)),
  )
  if (source === undefined || target === undefined) return false
  const isReviewed = compareTable({ source, target }, sides).some(
    ({ key, review }) => key !== undefined && (review !== undefined || hasStranger),
  )
  return (
    isReviewed || table.checks.some((check) => !sides.source.byIdentity.has(identityOfCheck(table, check)))
  )
}

function withAncestors(name: TableName, side: Side): TableName[] {
  const table = side.relations.get(nameKey(name))?.table
  return [
    name,
    ...(table === undefined ? [] : parentsOf(table).flatMap((parent) => withAncestors(parent, side))),
  ]
}
