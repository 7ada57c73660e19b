import { setTimeout as sleep } from 'node:timers/promises'
import { FailedError, RefusedError } from '../core/errors.ts'
import { settledInOrder } from '../core/settled-in-order.ts'
import type { TableName } from '../core/table-name.ts'
import type { Database } from './database.ts'
import { DatabaseError, LOCK_NOT_AVAILABLE } from './explain-error.ts'
import { literal, relation } from './identifiers.ts'
import { type LockSlots, OUT_OF_SHARED_MEMORY, readLockSlots } from './lock-slots.ts'
import type { Session } from './session.ts'

/** A snapshot of the source that several sessions share. */
export interface Snapshot {
  /** The session that holds it: it reads the catalog, and takes no part in copying. */
  readonly coordinator: Session
  /** Further sessions that see exactly what the coordinator sees. */
  readonly readers: readonly Session[]
  /** Whether the readers hold the locks of the coordinator, too. Otherwise each takes a table's lock to read it, and gives it back. */
  readonly areReadersLocked: boolean
  /** A session that sees the catalog of the moment, as the planner of all of them does. No transaction is open on it. */
  readonly witness: Session
  /** `txid_current_snapshot()` of the coordinator, for the state of the run. */
  readonly text: string
  /** How many locks the server promises to have room for. */
  readonly promisedLocks: number
  /** Also protects relations that queries only read beside these, such as those that a condition names. */
  readonly alsoHold: (relations: readonly BesideRelation[]) => Promise<void>
}

/** A relation that queries read beside those whose rows are read. */
interface BesideRelation extends LockedRelation {
  /** Whether the role may lock it. Materialized views cannot be locked. */
  readonly isLockable: boolean
}

/** The relations are no longer as the snapshot shows them, so the run must take another one. */
class OutdatedSnapshot extends Error {}

/** What was read of the catalog with the snapshot, the relations whose rows are to be read among it. */
export interface Listed {
  readonly relations: readonly LockedRelation[]
  /** How many sessions read them at once. */
  readonly readers: number
}

/** A relation whose rows are to be read. */
interface LockedRelation {
  readonly name: TableName
  readonly oid: number
}

/** What is read of the catalogs. */
export interface SnapshotSteps<L extends Listed, R> {
  /** With the snapshot alone. */
  readonly list: (session: Session) => Promise<L>
  /** With the relations locked, while the readers come to share that. It may fail if the snapshot turns out not to be that of the moment. */
  readonly read: (held: Pick<Snapshot, 'coordinator' | 'witness' | 'text'>, listed: L) => Promise<R>
}

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY'
const ATTEMPTS = 10
/** No server has room for so many times the locks that it promises; to try would leave none to other clients. */
const MOST_ROOM = 2
const NAME_IS_GONE = ['42P01', '3F000', '42809']

/**
 * Exports one snapshot, locks the relations that `list` names against TRUNCATE and DDL, and runs `use` with
 * as many readers as it wants, which share both.
 *
 * The snapshot is older than the locks, and names are looked up in the catalog of the moment: a table that was renamed, truncated or
 * altered in between would be read as something else. So the catalog of the moment is compared with the snapshot's once all locks are
 * held, and everything begins anew if they differ. Readers lock without waiting: a session that waits for an ACCESS EXCLUSIVE lock
 * stands behind the coordinator and before them, and only letting go lets it pass. Where there are too many tables for the server's table of locks,
 * readers lock none of them here (see `SessionPool.reading`).
 */
export async function withSnapshot<L extends Listed, R, T>(
  database: Database,
  steps: SnapshotSteps<L, R>,
  use: (snapshot: Snapshot, read: R) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const held = await holdSnapshot(database, steps)
    if (held === undefined) {
      await sleep(100 * attempt)
      continue
    }
    const result = await use(held.snapshot, await held.read).catch(async (error: unknown) => {
      // The caller may try again, which takes as many sessions.
      await endAll(held)
      if (!(error instanceof OutdatedSnapshot)) throw error
      return error
    })
    if (result instanceof OutdatedSnapshot) {
      await sleep(100 * attempt)
      continue
    }
    if (!(await isAsInSnapshot(held))) throw alteredWhileRead(database)
    // Their transactions end with them, and there is no need to wait until the server has let them go.
    void endAll(held)
    return result
  }
  throw new FailedError(
    `${database.name}: tables are being altered, truncated or rewritten faster than they can be locked`,
    { hint: 'Run again when the migration or job that changes them is done.' },
  )
}

interface HeldSnapshot<R = unknown> {
  readonly snapshot: Snapshot
  readonly read: Promise<R>
  readonly described: readonly DescribedRelations[]
}

interface DescribedRelations {
  readonly relations: readonly LockedRelation[]
  /** What the snapshot shows of them, which does not change. */
  readonly description: Promise<string>
}

/** Undefined if the schema changed meanwhile, or somebody waits to change it; nothing is held then. */
async function holdSnapshot<L extends Listed, R>(
  database: Database,
  { list, read }: SnapshotSteps<L, R>,
): Promise<HeldSnapshot<R> | undefined> {
  const holding = openSession(database)
  const looking = openSession(database)
  const coordinator = await holding
  const [, { id, text }, listed, slots] = await settledInOrder([
    coordinator.execute(BEGIN),
    coordinator.queryOne<{ id: string; text: string }>(
      'SELECT pg_export_snapshot() AS id, txid_current_snapshot()::text AS text',
    ),
    list(coordinator),
    readLockSlots(coordinator),
  ])
  const { relations, readers } = listed
  const opening = Array.from({ length: readers }, () => openSession(database))
  if (relations.length + slots.used > MOST_ROOM * slots.promised)
    throw tooManyLocks(database, relations.length, slots)
  const isLocked = await lock(coordinator, relations, '').catch((error: unknown) => {
    throw isOutOfSlots(error) ? tooManyLocks(database, relations.length, slots, error) : error
  })
  // Other clients need some, too.
  const areReadersLocked = relations.length * (readers + 1) <= slots.promised / 2
  if (!isLocked) {
    await Promise.all([coordinator, ...(await Promise.all([looking, ...opening]))].map((each) => each.end()))
    return undefined
  }
  const description = describe(coordinator, relations)
  description.catch(() => undefined)
  const reading = looking.then((witness) => read({ coordinator, witness, text }, listed))
  reading.catch(() => undefined)
  const [isShared, witness, isSame] = await settledInOrder([
    prepareReaders(database, id, areReadersLocked ? relations : [], opening).catch(async (error: unknown) => {
      // Without the session that has exported it, there is no snapshot to share.
      await coordinator.execute('SELECT')
      throw error
    }),
    looking,
    looking.then((session) => isDescribed(session, { relations, description })),
  ])
  const all = await Promise.all(opening)
  const described: DescribedRelations[] = [{ relations, description }]
  const alsoHold = async (beside: readonly BesideRelation[]) => {
    const sessions = areReadersLocked ? [coordinator, ...all] : [coordinator]
    const lockable = beside.filter(({ isLockable }) => isLockable)
    const areLocked = await settledInOrder(sessions.map((session) => lock(session, lockable, 'NOWAIT')))
    if (!areLocked.every(Boolean)) throw new OutdatedSnapshot()
    const added = { relations: beside, description: describe(coordinator, beside) }
    if (!(await isDescribed(witness, added))) throw new OutdatedSnapshot()
    described.push(added)
  }
  const snapshot = {
    coordinator,
    readers: all,
    areReadersLocked,
    witness,
    text,
    promisedLocks: slots.promised,
    alsoHold,
  }
  const held = { snapshot, described, read: reading }
  if (isShared && isSame) return held
  await reading.catch(() => undefined)
  await endAll(held)
  return undefined
}

async function endAll({ snapshot: { coordinator, witness, readers } }: HeldSnapshot): Promise<void> {
  await Promise.all([coordinator, witness, ...readers].map((session) => session.end()))
}

/** Locks, or returns false if a name is gone or, with NOWAIT, if it would have to wait. */
async function lock(
  session: Session,
  relations: readonly LockedRelation[],
  wait: '' | 'NOWAIT',
): Promise<boolean> {
  if (relations.length === 0) return true
  const names = relations.map(({ name }) => `ONLY ${relation(name)}`).join(', ')
  try {
    await session.execute(`LOCK TABLE ${names} IN ACCESS SHARE MODE ${wait}`)
    return true
  } catch (error) {
    const state = error instanceof DatabaseError ? error.sqlState : undefined
    const mustWait = wait === 'NOWAIT' && state === LOCK_NOT_AVAILABLE
    if (mustWait || NAME_IS_GONE.includes(state ?? '')) return false
    throw error
  }
}

/** Whoever awaits it learns why it could not be opened. */
function openSession(database: Database): Promise<Session> {
  const opening = database.session()
  opening.catch(() => undefined)
  return opening
}

async function prepareReaders(
  database: Database,
  id: string,
  relations: readonly LockedRelation[],
  opening: readonly Promise<Session>[],
): Promise<boolean> {
  const outcomes = await Promise.allSettled(
    opening.map(async (session) => {
      const reader = await session
      const [, , isLocked] = await settledInOrder([
        reader.execute(BEGIN),
        reader.execute(`SET TRANSACTION SNAPSHOT ${literal(id)}`).catch((error: unknown) => {
          throw unsharedSnapshot(database.name, error)
        }),
        lock(reader, relations, 'NOWAIT'),
      ])
      return isLocked
    }),
  )
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return outcomes.every((outcome) => outcome.status === 'fulfilled' && outcome.value)
}

/** Whether the names, the storage and the columns of the relations are at this moment what the snapshot shows. */
async function isAsInSnapshot({ snapshot, described }: HeldSnapshot): Promise<boolean> {
  const same = await Promise.all(described.map((each) => isDescribed(snapshot.witness, each)))
  return same.every(Boolean)
}

async function isDescribed(
  witness: Session,
  { relations, description }: DescribedRelations,
): Promise<boolean> {
  const now = describe(witness, relations)
  now.catch(() => undefined)
  return (await description) === (await now)
}

async function describe(session: Session, relations: readonly LockedRelation[]): Promise<string> {
  const { description } = await session.queryOne<{ description: string }>(DESCRIPTION_SQL, [
    relations.map(({ oid }) => oid),
  ])
  return description
}

const DESCRIPTION_SQL = `
SELECT encode(sha256(convert_to(coalesce(string_agg(line, ' ' ORDER BY line COLLATE "C"), ''), getdatabaseencoding())), 'hex') AS description
FROM (
  SELECT row(c.oid, n.oid, n.nspname, c.relname, c.relkind, c.relfilenode, i.inhparent,
    a.attnum, a.attname, a.atttypid, a.atttypmod, a.attgenerated)::text AS line
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.oid = ANY ($1::oid[])
) AS lines`

function alteredWhileRead({ name }: Database): FailedError {
  return new FailedError(`${name}: the schema was changed while its rows were being read`, {
    hint: 'Nothing has changed in the target. Run again when the migration is done.',
  })
}

function isOutOfSlots(error: unknown): boolean {
  return error instanceof DatabaseError && error.sqlState === OUT_OF_SHARED_MEMORY
}

function tooManyLocks({ name }: Database, locks: number, slots: LockSlots, cause?: unknown): RefusedError {
  return new RefusedError(
    `${name}: reading ${locks} tables under one snapshot takes as many locks, and the server has no room for them (${slots.described})`,
    {
      cause,
      hint: `Set max_locks_per_transaction = ${slots.settingFor(locks)} and restart the server. If it cannot be set, read the tables in several runs: with \`--table\`, or with profiles that \`include\` some schemas each.`,
    },
  )
}

function unsharedSnapshot(name: string, error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.isConnectionLost) return error
  return new FailedError(`${name}: connections do not share a snapshot`, {
    cause: error,
    hint: 'The URL points at a pooler in transaction mode or at load-balanced servers: use the direct connection string of one server.',
  })
}
