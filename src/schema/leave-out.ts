import type { ObjectId } from './object-id.ts'
import type { SchemaObject, UnsupportedObject } from './schema-object.ts'

/** Objects that can be created, and those that cannot. */
export interface CreatableObjects {
  readonly objects: readonly SchemaObject[]
  readonly unsupported: readonly UnsupportedObject[]
}

/** Removes the unsupported objects, and all that need one of them, from objects in the order of creation. */
export function leaveOut(
  all: readonly SchemaObject[],
  unsupported: readonly UnsupportedObject[],
): CreatableObjects {
  const left = new Map<ObjectId, UnsupportedObject>(unsupported.map((object) => [object.id, object]))
  const objects = all.filter((object) => {
    const { id, identity, of, table, placeholderOf = id } = object
    const needed = object.dependsOn.find((other) => left.has(other))
    if (needed === undefined || left.has(id)) return !left.has(id)
    const reason = `it needs ${left.get(needed)?.identity}, which cannot be created`
    const relation = of ?? table?.name
    left.set(id, { id: placeholderOf, identity, reason, ...(relation === undefined ? {} : { of: relation }) })
    return false
  })
  const named = new Map([...left.values()].map((object) => [object.identity, object]))
  return { objects, unsupported: [...named.values()].sort((a, b) => (a.identity < b.identity ? -1 : 1)) }
}
