import { isSameTable } from '../../core/table-name.ts'
import { quoteQualified } from '../quote-name.ts'
import type { SchemaObject } from '../schema-object.ts'
import { withAncestors } from './changes-of-children.ts'
import { constraintName } from './drop-statement.ts'
import { parentsOf, type Side } from './sides.ts'

/**
 * The checks that children have of their own under the name of a check of their parent. They are one constraint with it: none of them can be dropped before
 * that of the parent, nor have another condition.
 */
export function ownChecksOfChildren(object: SchemaObject, side: Side): SchemaObject[] {
  const { of } = object
  if (!isCheck(object) || of === undefined) return []
  return side.objects.filter(
    (other) =>
      isCheck(other) &&
      constraintName(other) === constraintName(object) &&
      ancestorsOf(other, side).some((name) => isSameTable(name, of)),
  )
}

/** The check of a parent that is one constraint with this check of a child. */
export function checkOfParent(object: SchemaObject, side: Side): SchemaObject | undefined {
  if (!isCheck(object)) return undefined
  const identities = ancestorsOf(object, side).map(
    (name) => `CONSTRAINT ${constraintName(object)} ON ${quoteQualified(name)}`,
  )
  return identities.flatMap((identity) => side.byIdentity.get(identity) ?? []).at(0)
}

/** The position of an object among those that are dropped, the last first: a check of a child is dropped after that of its parent. */
export function dropPlaceOf(object: SchemaObject, side: Side): number {
  const parent = checkOfParent(object, side)
  return parent === undefined ? (side.places.get(object.id) ?? 0) : dropPlaceOf(parent, side) - SLIGHTLY
}

const SLIGHTLY = 0.001

function isCheck({ constraint }: SchemaObject): boolean {
  return constraint?.kind === 'check'
}

/** Partitions have no checks of their own under the name of one of their table. */
function ancestorsOf({ of }: SchemaObject, side: Side): ReturnType<typeof parentsOf> {
  const table = of === undefined ? undefined : side.relations.get(of)?.table
  if (table === undefined || table.partitionOf !== undefined) return []
  return parentsOf(table).flatMap((parent) => withAncestors(parent, side))
}
