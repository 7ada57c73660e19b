import { nameKey } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Inspection, SourceForeignKey, SourceTable, TablePair } from '../inspect/inspection.ts'
import { textCasts } from '../land/landing-columns.ts'
import { columnType } from '../masks/column-type.ts'

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
  return twin.isValid && twin.isEnforced && isAsStrict(twin, key) && isMaskedAlike(twin, child, parent)
}

/**
 * Whether masks leave alone what the source vouches for. They make the same value of the same text: what is equal there without being the same gets
 * different ones, and NULL in one column of several breaks MATCH FULL.
 */
function isMaskedAlike(
  { childColumns, parentColumns, comparisons, isMatchFull }: SourceForeignKey,
  { source: child }: TablePair,
  { source: parent }: TablePair,
): boolean {
  return childColumns.every((name, index) => {
    const parentName = parentColumns[index] ?? ''
    if (child.masked?.has(name) !== true && parent.masked?.has(parentName) !== true) return true
    if (isMatchFull === true && childColumns.length > 1) return false
    const [own, other] = [typeOf(child, name), typeOf(parent, parentName)]
    return own === other && SAME_IF_EQUAL.has(own) && comparisons?.[index]?.isLoose === false
  })
}

/** Types whose values are equal exactly when their texts are. */
const SAME_IF_EQUAL = new Set(['text', 'character varying', 'smallint', 'integer', 'bigint', 'uuid'])

function typeOf({ columns }: SourceTable, name: string): string {
  return columnType(columns.find((column) => column.name === name)?.baseType ?? '').name
}

/** Whether what satisfies the source's key satisfies the target's. */
function isAsStrict(twin: SourceForeignKey, key: ForeignKey): boolean {
  const isFullThere = twin.isMatchFull === true || !key.isMatchFull || key.childColumns.length === 1
  const isPeriodHere = key.hasPeriod || twin.hasPeriod !== true
  return isFullThere && isPeriodHere && comparesAsStrictly(twin, key)
}

/**
 * A collation under which texts with different bytes are equal finds parents that another one does not, also if that has its name. Where dumps do not say
 * which one it was, it may have been any.
 */
function comparesAsStrictly({ comparisons }: SourceForeignKey, key: ForeignKey): boolean {
  if (comparisons === undefined) return key.comparisons.every(({ collation }) => collation === undefined)
  return comparisons.every(({ isLoose, collation, looseRules }, index) => {
    const here = key.comparisons[index]
    return !isLoose || (collation === here?.collation && looseRules === here?.looseRules)
  })
}

function identity({ child, parent, childColumns, parentColumns }: SourceForeignKey): string {
  return JSON.stringify([nameKey(child), nameKey(parent), childColumns, parentColumns])
}
