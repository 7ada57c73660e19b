import type { Database } from '../../postgres/database.ts'
import type { Row, Session } from '../../postgres/session.ts'

/** A session in the database that belongs neither to this process nor to autovacuum. */
export interface StrangerSession {
  readonly pid: number
  /** Null if the role may not see it. */
  readonly startedAt: string | null
  /** Since when its client has been idle, by the clock of the server; null if it is not idle, or the role may not see it. */
  readonly idleSince: string | null
}

/** The sessions of other processes at one time. */
export interface SeenSessions {
  /** By the monotonic clock of this process. */
  readonly atMs: number
  readonly sessions: readonly StrangerSession[]
}

/** A session reports its writes when it ends, and when it has been idle for ten seconds. */
const REPORTED_MS = 15_000

/** Reads the sessions of other processes. Own sessions are recognized by their backends, because anyone can use their name. */
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
 * Whether a session may not have reported its writes yet. A session that was idle long enough ago, and has done nothing since, has reported
 * them. This process measures the time in between, because the clock of the server may be set.
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
