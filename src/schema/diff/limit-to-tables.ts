import type { TableName } from '../../core/table-name.ts'
import type { ObjectId } from '../object-id.ts'
import type { Difference } from './difference.ts'
import { relationOf, type Sides } from './sides.ts'

/** Which tables and views a comparison is about. */
export type Matches = (name: TableName) => boolean

/**
 * Keeps the differences of these tables, of objects that belong to them, and of what they need. Other tables are kept only if they are
 * missing.
 */
export function limitToTables(
  differences: readonly Difference[],
  { source }: Sides,
  matches: Matches,
): Difference[] {
  const byId = new Map(source.objects.map((object) => [object.id, object]))
  const needed = new Set<ObjectId>()
  const open = source.objects.filter((object) => {
    const name = relationOf(object) ?? object.of
    return name !== undefined && matches(name)
  })
  for (let object = open.pop(); object !== undefined; object = open.pop()) {
    if (needed.has(object.id)) continue
    needed.add(object.id)
    open.push(...object.dependsOn.flatMap((id) => byId.get(id) ?? []))
  }
  return differences.filter(({ of, ids }) => {
    if (of !== undefined && matches(of)) return true
    const isNeeded = ids.source !== undefined && needed.has(ids.source)
    return isNeeded && (of === undefined || ids.target === undefined)
  })
}
