import type { ObjectId } from '../object-id.ts'
import type { SchemaObject } from '../schema-object.ts'
import type { Statements } from './difference.ts'

/**
 * Objects that are dropped and created again together, because rows of the target may violate one of them. If that fails, all stay as they
 * were.
 */
export interface LateGroup {
  /** Whether other statements of the transaction require it to be dropped, such as those of a wider column that a view reads. */
  readonly isNeededWithin: boolean
}

/** All objects that are dropped for one change. */
export interface Closure {
  readonly objects: readonly SchemaObject[]
  /** Whether the change is only the recreation of its object. */
  readonly isPure: boolean
}

/** Finds objects that must not be dropped before it is certain that they can be created again, in independent groups. */
export function groupLate(
  closures: readonly Closure[],
  statements: ReadonlyMap<ObjectId, Statements>,
): ReadonlyMap<ObjectId, LateGroup> {
  const groups = connected(closures)
  const found = new Map<ObjectId, LateGroup>()
  for (const members of groups) {
    const ids = members.flatMap(({ objects }) => objects.map(({ id }) => id))
    if (!ids.some((id) => isLate(statements.get(id)))) continue
    const group = { isNeededWithin: members.some(({ isPure }) => !isPure) }
    for (const id of ids) found.set(id, group)
  }
  return found
}

/** Whether an object is created again only after the rows. */
function isLate({ within = [], after = [] }: Statements = {}): boolean {
  return within.length === 0 && after.length > 0
}

/** Merges groups that share an object, directly or through others. */
function connected(closures: readonly Closure[]): Closure[][] {
  let groups: { ids: Set<ObjectId>; members: Closure[] }[] = []
  for (const closure of closures) {
    const ids = new Set(closure.objects.map(({ id }) => id))
    const touching = groups.filter((group) => [...ids].some((id) => group.ids.has(id)))
    const rest = groups.filter((group) => !touching.includes(group))
    const joined = {
      ids: new Set([...ids, ...touching.flatMap((group) => [...group.ids])]),
      members: [closure, ...touching.flatMap(({ members }) => members)],
    }
    groups = [...rest, joined]
  }
  return groups.map(({ members }) => members)
}
