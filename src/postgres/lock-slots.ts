import { DatabaseError } from './explain-error.ts'
import type { Session } from './session.ts'

/** The SQLSTATE of a server whose table of locks is full. */
export const OUT_OF_SHARED_MEMORY = '53200'

/** The table in which a server keeps the locks of all its sessions. */
export interface LockSlots {
  /** How many locks the server promises to have room for; it often has it for about twice as many. */
  readonly promised: number
  /** How many of them are taken at this moment. */
  readonly used: number
  /** What it promises, by which settings, and how many are taken, for messages. */
  readonly described: string
  /** What the number of locks for each connection must be raised to for a number of locks of a run, whatever its own sessions hold now. */
  settingFor(locks: number): number
}

const promises = new WeakMap<Session, number>()

/** How many locks the server promises to have room for, which does not change while it runs. */
export async function readPromisedLocks(session: Session): Promise<number> {
  return promises.get(session) ?? (await readLockSlots(session)).promised
}

/** Reads how many locks a server can hold at once, for all sessions together. */
export async function readLockSlots(session: Session): Promise<LockSlots> {
  const { perConnection, connections, prepared, used, usedByOthers } = await session.queryOne<{
    perConnection: number
    connections: number
    prepared: number
    used: number
    usedByOthers: number
  }>(LOCK_SLOTS_SQL)
  const sessions = connections + prepared
  const promised = perConnection * sessions
  promises.set(session, promised)
  const named = prepared === 0 ? '' : ` and max_prepared_transactions = ${prepared}`
  return {
    promised,
    used,
    described: `it promises ${promised}, by max_locks_per_transaction = ${perConnection} with max_connections = ${connections}${named}; ${used} ${used === 1 ? 'is' : 'are'} taken`,
    // In steps of 64, which is what it is by default.
    settingFor: (locks) => Math.ceil((RESERVE * locks + usedByOthers) / sessions / 64) * 64,
  }
}

/** Other clients may need more when the run comes. */
const RESERVE = 1.25

const LOCK_SLOTS_SQL = `
SELECT pg_catalog.current_setting('max_locks_per_transaction')::float8 AS "perConnection",
  pg_catalog.current_setting('max_connections')::float8 AS connections,
  pg_catalog.current_setting('max_prepared_transactions')::float8 AS prepared,
  (SELECT pg_catalog.count(*)::float8 FROM pg_catalog.pg_locks WHERE NOT fastpath) AS used,
  (SELECT pg_catalog.count(*)::float8 FROM pg_catalog.pg_locks AS l
   JOIN pg_catalog.pg_stat_get_activity(NULL) AS a ON a.pid OPERATOR(pg_catalog.=) l.pid
   WHERE NOT l.fastpath AND pg_catalog.pg_get_userbyid(a.usesysid) OPERATOR(pg_catalog.<>) current_user) AS "usedByOthers"`

/** No other program is likely to use locks of this class. */
const PROBE_CLASS = 1_835_167_346

/** Whether the server has room for so many locks: takes them, on a session without a transaction, and gives them back at once. */
export async function hasRoomForLocks(session: Session, locks: number): Promise<boolean> {
  try {
    await session.queryOne(PROBE_SQL, [PROBE_CLASS, locks])
    return true
  } catch (error) {
    if (error instanceof DatabaseError && error.sqlState === OUT_OF_SHARED_MEMORY) return false
    throw error
  }
}

const PROBE_SQL = `
SELECT pg_catalog.count(pg_catalog.pg_try_advisory_xact_lock_shared($1::int4, k::int4)) AS taken
FROM pg_catalog.generate_series(1, $2::int4) AS k`
