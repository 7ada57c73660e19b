import { allStatements, type Change } from '../../schema/diff/difference.ts'
import { type CreatedCounts, rememberSchemaWork, type SchemaWork } from '../../state/created-objects.ts'
import type { OpenRun } from '../with-run.ts'
import { countTopics, type PlannedFollow } from './plan-follow.ts'
import type { Unfollowed } from './unfollowed.ts'

/** How many changes of each kind a run has made: all that it had planned but for those that rows, or the server, have refused. */
export function countFollowed(follow: PlannedFollow | undefined, left: readonly Unfollowed[]): CreatedCounts {
  if (follow === undefined) return []
  if (left.length === 0) return countTopics(follow.changes)
  const refused = new Set(left.flatMap(({ steps }) => steps.map(({ sql }) => sql)))
  const stayed = new Set(left.flatMap(({ stays }) => stays))
  const isMade = (identity: string, { statements, isRecreation }: Change) => {
    if (isRecreation === true) return !stayed.has(identity)
    const all = allStatements(statements)
    return all.length === 0 || !all.every((sql) => refused.has(sql))
  }
  return countTopics(
    follow.differences.flatMap(({ identity, changes }) =>
      changes
        .filter((change) => change.part === undefined && isMade(identity, change))
        .map(({ topic, what }) => ({ topic, identity, what })),
    ),
  )
}

/** What a run has done to the schema by its COMMIT. */
export function schemaWorkOf(creation: Worked, left: readonly Unfollowed[]): SchemaWork {
  const { counts: created, follow } = creation
  const pending = [...new Set((follow?.steps.after ?? []).map(({ identity }) => identity))]
  return { created, followed: countFollowed(follow, left), pending }
}

/** Corrects what a run has written down by its COMMIT, as nothing is left to be done, and something was refused. */
export async function correctSchemaWork(
  { target, coordinator, id }: OpenRun,
  creation: Worked | undefined,
  left: readonly Unfollowed[],
): Promise<void> {
  if (creation === undefined || (creation.follow?.steps.after ?? []).length === 0) return
  const session = coordinator.isOpen ? coordinator : await target.session()
  await rememberSchemaWork(session, id, { ...schemaWorkOf(creation, left), pending: [] })
}

interface Worked {
  /** How many objects of each kind the run has created. */
  readonly counts: CreatedCounts
  readonly follow?: PlannedFollow | undefined
}
