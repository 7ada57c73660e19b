import { nameKey } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Inspection, SourceForeignKey, TablePair } from '../inspect/inspection.ts'
import { textCasts } from '../land/landing-columns.ts'

/**
 * The target's foreign keys that the source's rows may violate: an end is outside the run, or is a single partition, which may hold other rows
 * there; the parent is filtered; rows of an end stay; or the source does not enforce the same key. All others hold in the source's snapshot, and so in what
 * the merge makes of the target. A key between two tables outside the run is none of its business.
 */
export function unprovenForeignKeys({ source, target, pairs }: Inspection): ForeignKey[] {
  const byOid = new Map(pairs.map((pair) => [pair.target.oid, pair]))
  const inside = new Set(pairs.flatMap((pair) => pair.target.partitions.map(({ oid }) => oid)))
  const atSource = new Map(source.foreignKeys.map((key) => [identity(key), key]))
  return target.foreignKeys.filter((key) => {
    if (!inside.has(key.childOid) && !inside.has(key.parentOid)) return false
    const twin = atSource.get(identity(key))
    const [child, parent] = [byOid.get(key.childOid), byOid.get(key.parentOid)]
    // Rows that were orphans before may be some, unless rows stay.
    const mayBeViolated = twin !== undefined && child?.stays === undefined && parent?.stays === undefined
    if (!key.isEnforced || (!key.isValid && mayBeViolated)) return false
    return !isProven(key, twin, child, parent)
  })
}

function isProven(
  key: ForeignKey,
  twin: SourceForeignKey | undefined,
  child: TablePair | undefined,
  parent: TablePair | undefined,
): boolean {
  if (twin === undefined || child === undefined || parent === undefined) return false
  // What stays in the target is nothing that the source vouches for.
  if (child.stays !== undefined || parent.stays !== undefined) return false
  // A cast may make equal what was not, and the other way round.
  const isCast =
    key.childColumns.some((name) => textCasts(child.source, child.target).has(name)) ||
    key.parentColumns.some((name) => textCasts(parent.source, parent.target).has(name))
  if (isCast || parent.source.where !== undefined) return false
  return twin.isValid && twin.isEnforced && isAsStrict(twin, key)
}

/** Whether what satisfies the source's key satisfies the target's. */
function isAsStrict(twin: SourceForeignKey, key: ForeignKey): boolean {
  const isFullThere = twin.isMatchFull === true || !key.isMatchFull || key.childColumns.length === 1
  const isPeriodHere = key.hasPeriod || twin.hasPeriod !== true
  return isFullThere && isPeriodHere && comparesAsStrictly(twin, key)
}

/** A collation under which texts with different bytes are equal finds parents that another one does not. */
function comparesAsStrictly({ comparisons = [] }: SourceForeignKey, key: ForeignKey): boolean {
  return comparisons.every(
    ({ isLoose, collation }, index) => !isLoose || collation === key.comparisons[index]?.collation,
  )
}

function identity({ child, parent, childColumns, parentColumns }: SourceForeignKey): string {
  return JSON.stringify([nameKey(child), nameKey(parent), childColumns, parentColumns])
}
