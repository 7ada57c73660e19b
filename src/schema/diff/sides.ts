import { nameKey, type TableName } from '../../core/table-name.ts'
import type { DatabaseSchema, ObjectId, SchemaObject } from '../schema-object.ts'
import type { TableDetails } from '../table-details.ts'

/** One of two databases, with its objects by everything that a comparison asks for. */
export interface Side {
  readonly serverVersion: number
  /** In the order of creation. */
  readonly objects: readonly SchemaObject[]
  readonly byId: ReadonlyMap<ObjectId, SchemaObject>
  /** Of each object, where it comes in the order. */
  readonly places: ReadonlyMap<ObjectId, number>
  /** Of each object, what needs it. */
  readonly dependents: ReadonlyMap<ObjectId, readonly SchemaObject[]>
  /** Tables, views and materialized views, by {@link nameKey}; no placeholders. */
  readonly relations: ReadonlyMap<string, SchemaObject>
}

/** What the comparison of two databases is between. */
export interface Sides {
  readonly source: Side
  readonly target: Side
}

/** The same object of both databases. */
export interface Pair {
  readonly source: SchemaObject
  readonly target: SchemaObject
}

/** Looks up what a comparison asks of a schema. */
export function sideOf({ serverVersion, objects }: DatabaseSchema): Side {
  const dependents = new Map<ObjectId, SchemaObject[]>()
  for (const object of objects) {
    for (const id of object.dependsOn) dependents.set(id, [...(dependents.get(id) ?? []), object])
  }
  return {
    serverVersion,
    objects,
    byId: new Map(objects.map((object) => [object.id, object])),
    places: new Map(objects.map(({ id }, place) => [id, place])),
    dependents,
    relations: new Map(
      objects.flatMap((object) => {
        const name = relationOf(object)
        return name === undefined ? [] : [[nameKey(name), object]]
      }),
    ),
  }
}

/** The name of a table, a view or a materialized view; undefined for other objects. */
export function relationOf(object: SchemaObject): TableName | undefined {
  return object.table?.name ?? (object.placeholderOf === undefined ? object.view?.name : undefined)
}

/** The tables that a table inherits from, or is a partition of. */
export function parentsOf({ partitionOf, inherits }: TableDetails): readonly TableName[] {
  return partitionOf === undefined ? inherits : [partitionOf.parent]
}
