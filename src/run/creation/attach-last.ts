import { nameKey } from '../../core/table-name.ts'
import type { CreatableObject } from '../../schema/creatable-object.ts'

/**
 * Puts what attaches a new partition to a table that is there behind the indexes of the partition: it would get those of the table by itself, under
 * the same names.
 */
export function attachLast(objects: readonly CreatableObject[]): readonly CreatableObject[] {
  const created = new Set(objects.flatMap(({ table }) => (table === undefined ? [] : nameKey(table.name))))
  const parents = new Map(
    objects.flatMap(({ table }) =>
      table?.partitionOf === undefined ? [] : [[nameKey(table.name), nameKey(table.partitionOf.parent)]],
    ),
  )
  const ofTable = ({ of }: CreatableObject) => (of === undefined ? '' : nameKey(of))
  const isMoved = (object: CreatableObject) => {
    const parent = object.kind === 'partition' ? parents.get(ofTable(object)) : undefined
    return parent !== undefined && !created.has(parent)
  }
  const moved = objects.filter(isMoved)
  if (moved.length === 0) return objects
  const rest = objects.filter((object) => !isMoved(object))
  const isOwnIndex = ({ kind }: CreatableObject) => kind === 'index' || kind === 'constraint'
  const last = new Map(rest.flatMap((object, at) => (isOwnIndex(object) ? [[ofTable(object), at]] : [])))
  const placed = moved.map((object) => ({
    object,
    at: last.get(ofTable(object)) ?? rest.findIndex(({ id }) => object.dependsOn.includes(id)),
  }))
  return rest.flatMap((object, at) => [
    object,
    ...placed.filter((each) => Math.max(each.at, 0) === at).map((each) => each.object),
  ])
}
