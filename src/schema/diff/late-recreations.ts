import type { ObjectId } from '../object-id.ts'
import type { SchemaObject } from '../schema-object.ts'
import type { Statements } from './difference.ts'

/** What is dropped and created again together, as rows of the target may violate a part of it: if that fails, all of it stays as it was. */
export interface LateGroup {
  /** Whether other statements of the transaction need it to be dropped: those of a wider column that a view reads. */
  readonly isNeededWithin: boolean
}

/** Everything that is dropped for one change. */
export interface Closure {
  readonly objects: readonly SchemaObject[]
  /** Whether it is nothing but the recreation of its object. */
  readonly isPure: boolean
}

/** Finds the objects that must not be dropped before it is known that they can be created again, in groups that have nothing in common. */
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

/** Whether an object is created again only when rows are there. */
function isLate({ within = [], after = [] }: Statements = {}): boolean {
  return within.length === 0 && after.length > 0
}

/** Closures that share an object, directly or by others. */
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
