import { isOfGrants, type SchemaObject } from '../schema-object.ts'
import { isReplaced, parentIndexOf } from './attached-indexes.ts'
import { review, safe } from './changes.ts'
import { compareGrants } from './compare-grants.ts'
import { topicOf } from './compare-object.ts'
import type { Change } from './difference.ts'
import { constraintName, dropStatement } from './drop-statement.ts'
import type { Sides } from './sides.ts'

/** Reports an object that only the target has, unless it is dropped with another one. */
export function extraObject(object: SchemaObject, sides: Sides): Change[] {
  if (isOfGrants(object.kind)) return compareGrants([], object.grants)
  if (object.identity === 'SCHEMA public') return []
  const statement = dropStatement(object)
  if (statement === undefined || goesWithOther(object, sides) || goesWithParent(object, sides)) return []
  const topic = topicOf(object)
  const what = 'is only in the target'
  if (object.kind === 'default') return [safe(topic, what, { within: [statement] })]
  const isAboutRows = object.kind === 'table'
  const reason = isAboutRows ? 'its rows are lost' : 'the target may need it'
  return [review(topic, what, reason, [statement], { isAboutRows, ...keyOf(object) })]
}

/** A check of a parent is also dropped in its children. */
function keyOf(object: SchemaObject): Pick<Change, 'key'> {
  return object.constraint?.kind === 'check' ? { key: `drop constraint ${constraintName(object)}` } : {}
}

/** The default of a column is compared with the column; an owned sequence is dropped with its column. */
function goesWithOther({ kind, of, sequence }: SchemaObject, { source, target }: Sides): boolean {
  if (kind === 'default') return of !== undefined && target.relations.get(of)?.table !== undefined
  const { ownedBy } = sequence ?? {}
  if (ownedBy === undefined) return false
  const table = source.relations.get(ownedBy.table)?.table
  return table === undefined || table.columns.every(({ name }) => name !== ownedBy.column)
}

/**
 * The index of a partition is dropped with that of the partitioned table if that is dropped or changed; or with the partition, if it is no
 * partition in the source.
 */
function goesWithParent(object: SchemaObject, sides: Sides): boolean {
  const parent = parentIndexOf(object, sides.target)
  if (parent === undefined) return false
  const { partitionOf } =
    (object.of === undefined ? undefined : sides.source.relations.get(object.of)?.table) ?? {}
  return (
    partitionOf === undefined || !sides.source.byIdentity.has(parent.identity) || isReplaced(object, sides)
  )
}
