import type { RunRules } from '../../config/config.ts'
import { FailedError } from '../../core/errors.ts'
import type { Database } from '../../postgres/database.ts'
import { DatabaseError, isUnresolvedName } from '../../postgres/explain-error.ts'
import { batchesOf } from '../../postgres/in-batches.ts'
import { OUT_OF_SHARED_MEMORY, readLockSlots } from '../../postgres/lock-slots.ts'
import type { Session } from '../../postgres/session.ts'
import { currentPath, withCreatingPath } from '../../postgres/user-path.ts'
import { atWork, type Report } from '../../progress/progress.ts'
import type { CreatableObject } from '../../schema/creatable-object.ts'
import { readGivenByDefault } from '../../schema/read/read-default-privileges.ts'
import { statementsOf } from '../../schema/write-script.ts'
import { rememberCreated } from '../../state/created-objects.ts'
import type { MergeMode } from '../../transfer/inspect/inspection.ts'
import { readCatalogChildXids } from '../../transfer/target-writes/read-child-xids.ts'
import type { OpenRun } from '../with-run.ts'

/** Who will own the created objects, and who may use them. */
export type Belonging = Pick<RunRules, 'owner' | 'grants'>

/**
 * Creates objects in order, in one transaction unless the server has too few locks for that. Each transaction records what it has created,
 * so that it can be dropped whatever happens to the run.
 * @throws FailedError that names the first object that cannot be created
 */
export async function createObjects(
  { coordinator: session, id: runId, context: { report } }: OpenRun,
  objects: readonly CreatableObject[],
  belonging: Belonging,
): Promise<void> {
  report({ type: 'stage-planned', stage: 'create', total: objects.length })
  const schemas = objects.flatMap(({ schema }) => schema ?? [])
  for (const part of intoTransactions(objects, await roomForLocks(session))) {
    const create = (atOnce: number) =>
      session.transaction('BEGIN', async () => {
        await withCreatingPath(session, schemas, () => define(session, part, belonging, atOnce, report))
        await rememberCreated(session, runId, await readCatalogChildXids(session))
      })
    try {
      await create(OBJECTS_AT_ONCE)
    } catch (error) {
      // If a batch fails, its objects are created one by one, to find the one that failed.
      if (error instanceof FailedError && session.isOpen) await create(1)
      else throw error
    }
  }
}

/** Many objects are sent in one message, because each answer costs a round trip. */
const OBJECTS_AT_ONCE = 50

/**
 * Creates objects that must come last, in the current transaction. From then on, mbsync keeps event triggers from firing for its own
 * definitions, as in later runs: one could write to a table that a load has locked.
 * @throws FailedError that names the first object that cannot be created
 */
export async function createLast(
  target: Database,
  session: Session,
  mode: MergeMode,
  objects: readonly CreatableObject[],
  belonging: Belonging,
): Promise<void> {
  if (objects.length === 0) return
  if (mode === 'replica role' && objects.some(({ kind }) => kind === 'event trigger'))
    target.silenceEventTriggers()
  await define(session, objects, belonging, 1)
}

/** Whether an object comes last, because it would act on mbsync's own definitions, or cannot be dropped. */
export function comesLast({ kind }: CreatableObject): boolean {
  return kind === 'event trigger' || kind === 'default privileges'
}

async function define(
  session: Session,
  objects: readonly CreatableObject[],
  belonging: Belonging,
  atOnce: number,
  report: Report = () => undefined,
): Promise<void> {
  await session.execute('SET LOCAL check_function_bodies = off')
  const byDefault = belonging.grants === 'source' ? await readGivenByDefault(session) : undefined
  for (const batch of batchesOf(objects, atOnce)) {
    const statements = batch.flatMap((object) => [
      ...statementsOf(object, { ...belonging, serverVersion: session.serverVersion, byDefault }),
      // The script of an extension may have changed the search path, as that of postgis_topology does.
      ...(object.extension === undefined ? [] : [`SET search_path = ${currentPath(session)}`]),
    ])
    const piece = { stage: 'create', name: batch[0]?.identity ?? '', amount: batch.length } as const
    await atWork(report, piece, () => session.define(statements.join(';\n'))).catch((error: unknown) => {
      const [only] = batch
      throw only === undefined || atOnce > 1 ? error : notCreated(session, only, error)
    })
  }
}

function notCreated({ database }: Session, { identity }: CreatableObject, error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.isConnectionLost) return error
  const { message, hint, sqlState } = error
  const said = message.replace(`${database}: `, '')
  return new DatabaseError(
    `${database}: ${identity} of the source cannot be created in the target: ${said}`,
    {
      cause: error,
      sqlState,
      hint:
        sqlState === OUT_OF_SHARED_MEMORY && hint !== undefined
          ? hint
          : isUnresolvedName(sqlState)
            ? UNRESOLVED_HINT
            : HINT,
    },
  )
}

/** Statements name everything with its schema, so the missing name is used by something that they call. */
const UNRESOLVED_HINT =
  'A function that it calls names this without its schema. Give the database of the target the search path that the source has, with ALTER DATABASE … SET search_path = …; or the function, in the source, with ALTER FUNCTION … SET search_path = ….'

const HINT =
  'Create it in the target by hand, in a form that the server accepts, or leave the table out; `mbsync schema export` writes the statements.'

/** Splits objects into transactions that the server has enough locks for. */
function intoTransactions(objects: readonly CreatableObject[], room: number): CreatableObject[][] {
  const parts: CreatableObject[][] = []
  let locks = Number.POSITIVE_INFINITY
  for (const object of objects) {
    const own = LOCKS[object.kind] ?? 1
    if (locks + own > room) {
      parts.push([])
      locks = 0
    }
    parts.at(-1)?.push(object)
    locks += own
  }
  return parts
}

/** How many locks the creation of an object takes, in addition to those for its parts: a table has a TOAST table and the index of that. */
const LOCKS: Readonly<Record<string, number>> = {
  table: 4,
  'materialized view': 4,
  constraint: 3,
  sequence: 2,
  // The script of an extension may create many objects.
  extension: 100,
}

const LEAST_ROOM = 100

/** Uses half of the free locks, because other sessions take locks meanwhile. */
async function roomForLocks(session: Session): Promise<number> {
  const { promised, used } = await readLockSlots(session)
  return Math.max(LEAST_ROOM, (promised - used) / 2)
}
