import type { OrderableObject } from './break-circles.ts'
import { breakCircles } from './break-circles.ts'
import { compareObjects } from './compare-objects.ts'
import { type CreatableObjects, leaveOut } from './leave-out.ts'
import type { ObjectId } from './object-id.ts'
import type { SchemaObject, UnsupportedObject } from './schema-object.ts'

/**
 * Orders objects so that they can be created: by section, kind and name, each after what it needs. Views in a circle are preceded by a
 * placeholder, as in `pg_dump`. Objects that need post-data move there. Objects that need an unsupported object are unsupported, too.
 */
export function orderObjects(
  objects: readonly OrderableObject[],
  unsupported: readonly UnsupportedObject[] = [],
): CreatableObjects {
  const acyclic = breakCircles(objects)
  const sorted = [...acyclic.objects].sort(compareObjects)
  return leaveOut(inOrderOfNeed(sorted), [...unsupported, ...acyclic.unsupported])
}

/** Depth first: what an object needs comes right before it, in the order of the list. */
function inOrderOfNeed(sorted: readonly SchemaObject[]): SchemaObject[] {
  const places = new Map(sorted.map(({ id }, place) => [id, place]))
  const ordered = new Set<SchemaObject>()
  const opened = new Set<ObjectId>()
  const stack = [...sorted].reverse()
  for (let object = stack.pop(); object !== undefined; object = stack.pop()) {
    if (ordered.has(object)) continue
    if (opened.has(object.id)) {
      ordered.add(object)
      continue
    }
    opened.add(object.id)
    stack.push(object)
    const needed = object.dependsOn.flatMap((id) => places.get(id) ?? []).sort((a, b) => b - a)
    for (const place of needed) {
      const other = sorted[place]
      if (other !== undefined && !opened.has(other.id)) stack.push(other)
    }
  }
  return [...ordered]
}
