import { FailedError, LockedError } from '../core/errors.ts'
import type { Row, Session } from '../postgres/session.ts'

/** The two halves of the advisory lock's key: "mbsy" and "nc" in ASCII, so that no other program takes it by chance. */
const LOCK_KEYS = [0x6d627379, 0x6e63] as const

const holders = new WeakSet<Session>()

/** Whether the session has taken the run lock. */
export function hasTakenRunLock(session: Session): boolean {
  return holders.has(session)
}

/**
 * Takes the target's run lock for the length of the session: it goes with the session, so a crash frees it.
 * @throws LockedError if another run has it
 */
export async function takeRunLock(session: Session): Promise<void> {
  const { taken } = await session.queryOne<{ taken: boolean }>(
    'SELECT pg_try_advisory_lock($1, $2) AS taken',
    LOCK_KEYS,
  )
  if (taken) {
    holders.add(session)
    return
  }
  const holder = await findHolder(session)
  throw new LockedError(
    `Another run holds the lock on the target${holder === undefined ? '' : describe(holder)}`,
    {
      hint: '`mbsync status` shows it; `--wait-lock <duration>` waits for it to end. A run that was killed frees the lock within seconds.',
    },
  )
}

/**
 * Makes sure that the session still has the lock.
 * @throws FailedError if it does not
 */
export async function expectRunLock(session: Session): Promise<void> {
  const { held } = await session.queryOne<{ held: boolean }>(
    `SELECT EXISTS (
       SELECT FROM pg_locks
       WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
         AND classid = $1::int8::oid AND objid = $2::int8::oid
     ) AS held`,
    LOCK_KEYS,
  )
  if (held) return
  throw new FailedError('The run lock was lost during the run', {
    hint: 'Nothing has changed. Code in a table of the target may have released it (pg_advisory_unlock_all), or a pooler passed the session on: use the direct connection string of the database.',
  })
}

/** The backend that holds a run lock. */
export interface LockHolder {
  readonly pid: number
  readonly since: string
  /** Whether its COMMIT is done here, and waits for a synchronous standby to have it, too. */
  readonly awaitsStandby: boolean
}

function describe({ pid, since, awaitsStandby }: LockHolder): string {
  return ` (backend ${pid}, since ${since}${awaitsStandby ? '; its COMMIT waits for a synchronous standby' : ''})`
}

/** The backend that holds the lock of this database at the moment. */
export async function findHolder(session: Session): Promise<LockHolder | undefined> {
  const [holder] = await session.query<LockHolder & Row>(
    `SELECT l.pid, to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS since, a.wait_event IS NOT DISTINCT FROM 'SyncRep' AS "awaitsStandby"
     FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1::int8::oid AND l.objid = $2::int8::oid
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    LOCK_KEYS,
  )
  return holder
}
