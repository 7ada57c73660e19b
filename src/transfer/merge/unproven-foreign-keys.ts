import { nameKey } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Inspection, SourceForeignKey, SourceTable, TablePair } from '../inspect/inspection.ts'
import { textCasts } from '../land/landing-columns.ts'
import { columnType } from '../masks/column-type.ts'
import { isGeneratedFrom } from '../masks/find-broken.ts'

/**
 * The target's foreign keys that the source's rows may violate, for one of these reasons: an end is outside the run, or is a single
 * partition, which may hold other rows there; the parent is filtered; rows of an end stay; the source does not enforce the same key, or its
 * triggers are disabled there. All others hold in the source's snapshot, and so after the merge. Keys between two tables outside the run do
 * not matter.
 */
export function unprovenForeignKeys({ source, target, pairs }: Inspection): ForeignKey[] {
  const byOid = new Map(pairs.map((pair) => [pair.target.oid, pair]))
  const inside = new Set(pairs.flatMap((pair) => pair.target.partitions.map(({ oid }) => oid)))
  const atSource = new Map(source.foreignKeys.map((key) => [identity(key), key]))
  return target.foreignKeys.filter((key) => {
    if (!inside.has(key.childOid) && !inside.has(key.parentOid)) return false
    const twin = atSource.get(identity(key))
    const [child, parent] = [byOid.get(key.childOid), byOid.get(key.parentOid)]
    // Rows that were orphans before may remain orphans, unless rows stay.
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
  // The source guarantees nothing about rows that stay in the target.
  if (child.stays !== undefined || parent.stays !== undefined) return false
  // A cast may make different values equal, and equal values different.
  const isCast =
    key.childColumns.some((name) => textCasts(child.source, child.target).has(name)) ||
    key.parentColumns.some((name) => textCasts(parent.source, parent.target).has(name))
  if (isCast || parent.source.where !== undefined) return false
  return twin.isValid && isEnforcing(twin) && isAsStrict(twin, key) && isMaskedAlike(twin, child, parent)
}

/** Whether it checks rows that are written: a server does not look again at those that it has missed. */
function isEnforcing({ isEnforced, firing }: SourceForeignKey): boolean {
  return isEnforced && firing !== 'off'
}

/**
 * Whether masks preserve what the source guarantees. They give the same value for the same text. Texts that are equal but not identical
 * there get different values, and NULL in one of several columns breaks MATCH FULL.
 */
function isMaskedAlike(
  { childColumns, parentColumns, comparisons, isMatchFull }: SourceForeignKey,
  { source: child }: TablePair,
  { source: parent }: TablePair,
): boolean {
  return childColumns.every((name, index) => {
    const parentName = parentColumns[index] ?? ''
    if (isGeneratedFromMasked(child, name) || isGeneratedFromMasked(parent, parentName)) return false
    if (child.masked?.has(name) !== true && parent.masked?.has(parentName) !== true) return true
    if (isMatchFull === true && childColumns.length > 1) return false
    const [own, other] = [typeOf(child, name), typeOf(parent, parentName)]
    return own === other && SAME_IF_EQUAL.has(own) && comparisons?.[index]?.isLoose === false
  })
}

function isGeneratedFromMasked({ columns, masked }: SourceTable, name: string): boolean {
  const column = columns.find((each) => each.name === name)
  return column !== undefined && [...(masked ?? [])].some((each) => isGeneratedFrom(column, each))
}

/** Types whose values are equal exactly if their texts are. */
const SAME_IF_EQUAL = new Set(['text', 'character varying', 'smallint', 'integer', 'bigint', 'uuid'])

function typeOf({ columns }: SourceTable, name: string): string {
  return columnType(columns.find((column) => column.name === name)?.baseType ?? '').name
}

/** Whether rows that satisfy the source's key satisfy the target's. */
function isAsStrict(twin: SourceForeignKey, key: ForeignKey): boolean {
  const isFullThere = twin.isMatchFull === true || !key.isMatchFull || key.childColumns.length === 1
  const isPeriodHere = key.hasPeriod || twin.hasPeriod !== true
  return isFullThere && isPeriodHere && comparesAsStrictly(twin, key)
}

/**
 * A collation under which texts with different bytes are equal may find parents that another one does not find, even one with the same
 * name. If a dump does not say which collation it was, it may have been any.
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
