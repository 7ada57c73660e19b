import { mayCall } from '../../schema/calls-by-name.ts'
import type { CreatableObject } from '../../schema/creatable-object.ts'
import { nameWithin } from '../../schema/diff/name-within.ts'
import type { ObjectId } from '../../schema/object-id.ts'

/** What is left out, and why. */
export interface LeftOut {
  readonly id: ObjectId
  readonly identity: string
  readonly reason: string
}

/** What is made of functions without evaluating them. */
const PASSING = new Set(['function', 'aggregate', 'operator', 'operator class', 'operator family', 'cast'])

/** What evaluates functions when it is created, or rows come to it. */
const EVALUATING = new Set(['index', 'constraint', 'statistics', 'materialized view'])

/**
 * Finds what evaluates a function that cannot work, as its text calls one that is left out: the function itself can be created, as its text is not looked
 * at. PostgreSQL knows no such call, so texts are searched for names. Pure.
 */
export function evaluatedLeftOut(wanted: readonly CreatableObject[], left: readonly LeftOut[]): LeftOut[] {
  const ids = new Set(left.map(({ id }) => id))
  const open = left.filter(({ identity }) => isRoutine(identity))
  const broken = new Map<ObjectId, { readonly identity: string; readonly root: string }>()
  const others = wanted.filter(({ id, kind }) => PASSING.has(kind) && !ids.has(id))
  const routines = [...wanted, ...left].flatMap(({ identity }) => (isRoutine(identity) ? identity : []))
  for (let called = open.pop(); called !== undefined; called = open.pop()) {
    const { id: calledId, identity: calls } = called
    const isWorking = !broken.has(calledId)
    for (const object of others) {
      const { id, kind, identity, dependsOn } = object
      if (broken.has(id) || id === calledId) continue
      const isCaller = kind === 'function' && isRoutine(calls) && mayCall(object, calls, routines)
      if (!isCaller && (isWorking || !dependsOn.includes(calledId))) continue
      broken.set(id, { identity, root: broken.get(calledId)?.root ?? calls })
      open.push({ id, identity, reason: '' })
    }
  }
  return wanted.flatMap((object) => {
    if (ids.has(object.id)) return []
    const needed = object.dependsOn
      .map((id) => broken.get(id))
      .find((one) => one !== undefined && evaluates(object, one.identity))
    if (needed === undefined) return []
    const { id, identity } = object
    return [
      {
        id,
        identity,
        reason: `it evaluates ${needed.identity}, which needs ${needed.root}, which is left out`,
      },
    ]
  })
}

function isRoutine(identity: string): boolean {
  return /^(FUNCTION|PROCEDURE) /.test(identity)
}

/** A table evaluates what computes or checks its rows, but not its defaults, as rows come with all values. */
function evaluates({ kind, create: [statement = ''] }: CreatableObject, identity: string): boolean {
  if (EVALUATING.has(kind)) return true
  if (kind !== 'table') return false
  const lines = statement
    .split('\n')
    .filter((line) => /GENERATED ALWAYS AS \(|\bCHECK \(|^PARTITION BY /.test(line))
  return lines.some((line) => line.includes(nameWithin(identity)))
}
