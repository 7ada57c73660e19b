import type { RunRules } from '../../config/config.ts'
import { FailedError } from '../../core/errors.ts'
import { DatabaseError, isUnresolvedName } from '../../postgres/explain-error.ts'
import { batchesOf } from '../../postgres/in-batches.ts'
import { OUT_OF_SHARED_MEMORY, readLockSlots } from '../../postgres/lock-slots.ts'
import type { Session } from '../../postgres/session.ts'
import { currentPath, forgetUserPath, withUserPath } from '../../postgres/user-path.ts'
import { atWork, type Report } from '../../progress/progress.ts'
import type { CreatableObject } from '../../schema/creatable-object.ts'
import { statementsOf } from '../../schema/write-script.ts'
import { rememberCreated } from '../../state/created-objects.ts'
import type { OpenRun } from '../with-run.ts'

/** Who owns what is created, and who may use it. */
export type Belonging = Pick<RunRules, 'owner' | 'grants'>

/**
 * Creates objects in their order, in one transaction unless the server has too few locks for that. What each transaction has created is written
 * down by itself, so that it can be dropped whatever becomes of the run.
 * @throws FailedError that names the first object that cannot be created
 */
export async function createObjects(
  { coordinator: session, id: runId, context: { report } }: OpenRun,
  objects: readonly CreatableObject[],
  belonging: Belonging,
): Promise<void> {
  report({ type: 'stage-planned', stage: 'create', total: objects.length })
  for (const part of intoTransactions(objects, await roomForLocks(session))) {
    const create = (work: () => Promise<void>) =>
      session.transaction('BEGIN', async () => {
        await work()
        await rememberCreated(session, runId)
      })
    try {
      await create(() => define(session, part, belonging, OBJECTS_AT_ONCE, report))
    } catch (error) {
      if (!(error instanceof FailedError && session.isOpen)) throw error
      const isUnresolved = error instanceof DatabaseError && isUnresolvedName(error.sqlState)
      // Which object it was shows when they are created one by one.
      await create(() => (isUnresolved ? defineFindingNames : defineEach)(session, part, belonging))
    }
  }
  forgetUserPath(session)
}

/** What the server plans when it creates it, and with that the functions in it. */
const PLANNED = new Set(['table', 'index', 'constraint', 'statistics'])

/**
 * Creates objects one by one, those that call functions under the search path of the users: an SQL function is resolved where it is
 * called, and may name things without their schemas.
 */
async function defineFindingNames(
  session: Session,
  objects: readonly CreatableObject[],
  belonging: Belonging,
): Promise<void> {
  for (const object of objects) {
    const create = () => defineEach(session, [object], belonging)
    if (!mayCall(object)) await create()
    else {
      // Its schemas may have been created meanwhile.
      forgetUserPath(session)
      await withUserPath(session, 'reading', create)
    }
  }
}

/** The key of a partitioned table is that of its partitions. */
function mayCall({ kind, dependsOn }: CreatableObject): boolean {
  return (
    kind === 'partition' || (PLANNED.has(kind) && dependsOn.some((id) => /^pg_(proc|extension):/.test(id)))
  )
}

/** Many objects go in one message, as each answer takes the way there and back. */
const OBJECTS_AT_ONCE = 50

/**
 * Creates what must come last, in the transaction that is under way.
 * @throws FailedError that names the first object that cannot be created
 */
export async function createLast(
  session: Session,
  objects: readonly CreatableObject[],
  belonging: Belonging,
): Promise<void> {
  if (objects.length > 0) await defineEach(session, objects, belonging)
}

/** Whether an object comes last: it would act on what mbsync itself defines, or cannot be dropped. */
export function comesLast({ kind }: CreatableObject): boolean {
  return kind === 'event trigger' || kind === 'default privileges'
}

function defineEach(
  session: Session,
  objects: readonly CreatableObject[],
  belonging: Belonging,
): Promise<void> {
  return define(session, objects, belonging, 1)
}

async function define(
  session: Session,
  objects: readonly CreatableObject[],
  belonging: Belonging,
  atOnce: number,
  report: Report = () => undefined,
): Promise<void> {
  await session.execute('SET LOCAL check_function_bodies = off')
  for (const batch of batchesOf(objects, atOnce)) {
    const statements = batch.flatMap((object) => [
      ...statementsOf(object, { ...belonging, serverVersion: session.serverVersion }),
      // The script of an extension may have set another one, as that of postgis_topology does.
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
      hint: sqlState === OUT_OF_SHARED_MEMORY && hint !== undefined ? hint : HINT,
    },
  )
}

const HINT =
  'Create it in the target by hand, in a way that the server takes, or leave the table out; `mbsync schema export` writes the statements.'

/** Cuts objects into transactions whose locks a server has room for. */
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

/** How many locks the creation of an object takes, beside those of what it is made of: a table has its TOAST table and the index of that. */
const LOCKS: Readonly<Record<string, number>> = {
  table: 4,
  'materialized view': 4,
  constraint: 3,
  sequence: 2,
  // Its script may create many things.
  extension: 100,
}

const LEAST_ROOM = 100

/** Half of what is free: others take locks meanwhile. */
async function roomForLocks(session: Session): Promise<number> {
  const { promised, used } = await readLockSlots(session)
  return Math.max(LEAST_ROOM, (promised - used) / 2)
}
