import { TableMap, TableSet } from '../../core/table-map.ts'
import type { CreatableObject } from '../../schema/creatable-object.ts'

/**
 * Moves the statements that attach a new partition to an existing table behind the indexes of the partition. Otherwise ATTACH would create
 * those indexes itself, under the same names.
 */
export function attachLast(objects: readonly CreatableObject[]): readonly CreatableObject[] {
  const created = new TableSet(objects.flatMap(({ table }) => (table === undefined ? [] : table.name)))
  const parents = new TableMap(
    objects.flatMap(({ table }) =>
      table?.partitionOf === undefined ? [] : [[table.name, table.partitionOf.parent]],
    ),
  )
  const isMoved = (object: CreatableObject) => {
    const { kind, of } = object
    const parent = kind === 'partition' && of !== undefined ? parents.get(of) : undefined
    return parent !== undefined && !created.has(parent)
  }
  const moved = objects.filter(isMoved)
  if (moved.length === 0) return objects
  const rest = objects.filter((object) => !isMoved(object))
  const last = new TableMap(
    rest.flatMap(({ kind, of }, at) =>
      of !== undefined && (kind === 'index' || kind === 'constraint') ? [[of, at]] : [],
    ),
  )
  const placed = moved.map((object) => ({
    object,
    at: (object.of && last.get(object.of)) ?? rest.findIndex(({ id }) => object.dependsOn.includes(id)),
  }))
  return rest.flatMap((object, at) => [
    object,
    ...placed.filter((each) => Math.max(each.at, 0) === at).map((each) => each.object),
  ])
}
