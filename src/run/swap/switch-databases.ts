import { setTimeout as sleep } from 'node:timers/promises'
import { UnknownOutcomeError } from '../../core/errors.ts'
import { askBackend, endBackend } from '../../postgres/ask-backend.ts'
import type { Database } from '../../postgres/database.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { DatabaseName } from '../../state/swaps.ts'
import { endSessions, listSessions, type OtherSession } from './end-sessions.ts'
import { describeSessions, SessionsStayedError } from './sessions-stayed.ts'

/** Two databases, one of which takes the name of the other. */
export interface Switch {
  /** The database that has the name of the target now. */
  readonly leaving: DatabaseName
  /** The name that it gets. */
  readonly leavingAs: string
  readonly coming: DatabaseName
  /** Further statements for the same transaction, read just before it. The new database has its name by then. */
  readonly also: (looking: Session) => Promise<readonly string[]>
  /** The session that holds the run lock in the leaving database. It is ended last, when no other session can come. */
  readonly lockHolder: Session
  readonly switchMs: number
}

const LOOK_EVERY_MS = 50
const OBJECT_IN_USE = '55006'
const TIMED_OUT = ['57014', '55P03']

/**
 * Gives one database the name of another, in one transaction. Its first rename locks the leaving database. New connections wait for the end
 * of the transaction, so sessions that are ended cannot come back. If mbsync dies or loses its connection, the server ends the transaction
 * and releases the lock, so no database ever remains closed.
 * @throws SessionsStayedError if sessions have not ended in time; UnknownOutcomeError if it cannot be found out whether the switch has
 * happened
 */
export async function switchDatabases(maintenance: Database, wanted: Switch): Promise<void> {
  const until = performance.now() + wanted.switchMs
  const looking = await maintenance.session()
  await awaitForeign(looking, wanted, until)
  for (;;) {
    const outcome = await attempt(maintenance, looking, wanted, until)
    if (outcome === 'switched') return
    // Without the run lock, another run may have begun.
    if (performance.now() >= until || !wanted.lockHolder.isOpen) throw await stayed(looking, wanted)
  }
}

/** Sessions that cannot be ended may leave by themselves. Until then, new connections should not wait. */
async function awaitForeign(looking: Session, wanted: Switch, until: number): Promise<void> {
  for (;;) {
    const others = await listOthers(looking, wanted)
    if (others.every(({ mayEnd }) => mayEnd)) return
    if (performance.now() >= until) throw await stayed(looking, wanted)
    await sleep(LOOK_EVERY_MS)
  }
}

async function attempt(
  maintenance: Database,
  looking: Session,
  wanted: Switch,
  until: number,
): Promise<'switched' | 'in use'> {
  const { leaving, leavingAs, coming, also } = wanted
  const more = await also(looking)
  const renaming = await maintenance.session()
  const leftMs = Math.max(Math.ceil(until - performance.now()), 1000)
  await renaming.execute(`SET lock_timeout = ${leftMs}; SET statement_timeout = ${leftMs}`)
  const ender = endOthers(looking, renaming, wanted)
  try {
    // One message is one transaction, which cannot end half-way.
    await renaming.executeEach([
      `ALTER DATABASE ${identifier(leaving.name)} RENAME TO ${identifier(leavingAs)}`,
      `ALTER DATABASE ${identifier(coming.name)} RENAME TO ${identifier(leaving.name)}`,
      ...more,
    ])
    return 'switched'
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    if (error.sqlState === OBJECT_IN_USE || TIMED_OUT.includes(error.sqlState ?? '')) return 'in use'
    if (!error.isConnectionLost) throw error
    if (await hasSwitched(maintenance, renaming, wanted, error)) return 'switched'
    throw error
  } finally {
    await ender.stop()
    await renaming.end()
  }
}

/** Ends the sessions of both databases as soon as the first one is locked; the holder of the run lock comes last. */
function endOthers(looking: Session, renaming: Session, wanted: Switch): { stop(): Promise<void> } {
  const { leaving, coming, lockHolder } = wanted
  let isStopped = false
  const work = async () => {
    while (!isStopped) {
      const { isLocked } = await looking.queryOne<{ isLocked: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND locktype = 'object' AND classid = 'pg_database'::regclass
           AND objid = $2::int8::oid AND mode = 'AccessExclusiveLock' AND granted) AS "isLocked"`,
        [renaming.pid, leaving.oid],
      )
      if (isLocked) {
        const others = await endSessions(looking, [leaving.oid, coming.oid], [lockHolder.pid])
        if (others.length === 0 && lockHolder.isOpen) await lockHolder.end()
      }
      await sleep(LOOK_EVERY_MS / 2)
    }
  }
  const done = work().catch(() => undefined)
  return {
    stop: async () => {
      isStopped = true
      await done
    },
  }
}

function listOthers(looking: Session, { leaving, coming, lockHolder }: Switch): Promise<OtherSession[]> {
  return listSessions(looking, [leaving.oid, coming.oid], [lockHolder.pid])
}

async function stayed(looking: Session, wanted: Switch): Promise<SessionsStayedError> {
  const { whose, hint } = await describeSessions(looking, await listOthers(looking, wanted))
  return new SessionsStayedError(
    `The sessions of database "${wanted.leaving.name}" did not end in time${whose}; the target is as it was`,
    { hint },
  )
}

const ASK_EVERY_MS = 500

/** The connection was lost before the answer. Once its backend has ended, the names show the outcome. */
async function hasSwitched(
  maintenance: Database,
  renaming: Session,
  { leaving, coming }: Switch,
  cause: unknown,
): Promise<boolean> {
  for (const lastMs = performance.now() + maintenance.silenceMs; performance.now() < lastMs; ) {
    const name = await maintenance
      .withClosingSession(async (session) => {
        if ((await askBackend(session, renaming)) !== 'missing') {
          await endBackend(session, renaming)
          return undefined
        }
        const [found] = await session.query<{ name: string }>(
          'SELECT datname::text AS name FROM pg_database WHERE oid::int8 = $1',
          [coming.oid],
        )
        return found?.name
      })
      .catch(() => undefined)
    if (name === leaving.name) return true
    if (name === coming.name) return false
    await sleep(ASK_EVERY_MS)
  }
  throw new UnknownOutcomeError(
    `${maintenance.name}: the connection was lost while databases were renamed, and the outcome is unknown`,
    { cause, hint: 'When the server answers again, `mbsync status` shows whether the run succeeded.' },
  )
}
