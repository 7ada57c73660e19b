import type { Database } from '../../postgres/database.ts'
import type { Row, Session } from '../../postgres/session.ts'

/** A session in the database that is none of this process, nor one of autovacuum. */
export interface StrangerSession {
  readonly pid: number
  /** Null where the role may not see it. */
  readonly startedAt: string | null
  /** Since when a client has been idle in it, by the clock of the server; null if it is not, or may not be seen. */
  readonly idleSince: string | null
}

/** The sessions of strangers at a moment. */
export interface SeenSessions {
  /** By a clock that nobody sets. */
  readonly atMs: number
  readonly sessions: readonly StrangerSession[]
}

/** A session reports what it has written at its end, and when it has been idle for ten seconds. */
const REPORTED_MS = 15_000

/** Looks at the sessions of strangers. Own ones are known by their backends: a name can be anybody's. */
export async function seeStrangers(
  database: Pick<Database, 'openPids'>,
  session: Session,
): Promise<SeenSessions> {
  const atMs = performance.now()
  const sessions = await session.query<StrangerSession & Row>(
    `SELECT pid, extract(epoch FROM backend_start)::text AS "startedAt",
       CASE WHEN state = 'idle' AND backend_type = 'client backend' THEN extract(epoch FROM state_change)::text END AS "idleSince"
     FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> ALL ($1::int[]) AND backend_type IS DISTINCT FROM 'autovacuum worker'`,
    [database.openPids()],
  )
  return { atMs, sessions }
}

/**
 * Whether a session may not have reported yet what it has written. One that was seen idle long enough before, and has done nothing since, has: the
 * time in between is measured here, as the clock of the server may be set.
 */
export function mayLackWrites(before: SeenSessions | undefined, now: SeenSessions): boolean {
  const isLongAgo = before !== undefined && now.atMs - before.atMs >= REPORTED_MS
  return !now.sessions.every(
    ({ pid, startedAt, idleSince }) =>
      isLongAgo &&
      idleSince !== null &&
      before.sessions.some(
        (seen) => seen.pid === pid && seen.startedAt === startedAt && seen.idleSince === idleSince,
      ),
  )
}
