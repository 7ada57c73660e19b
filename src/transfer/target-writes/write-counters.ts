import type { Table } from '../../postgres/catalog/table.ts'
import type { Database } from '../../postgres/database.ts'
import type { Row, Session } from '../../postgres/session.ts'

/** The first version whose sessions write their statistics to shared memory, where none is lost. */
const SHARED_STATISTICS = 150_000

/**
 * The server's statistics of all writes to each table, including those of this transaction. As long as a reading stays the same, nothing
 * was written, truncated or rewritten, and the statistics were not lost. Cheap, whatever the size of the tables.
 * @returns a text for each table, in their order; undefined if the statistics are not kept, or not for all writes
 */
export async function readWriteCounters(
  session: Session,
  tables: readonly { readonly partitions: readonly Pick<Table['partitions'][number], 'oid'>[] }[],
): Promise<(string | undefined)[]> {
  if (session.serverVersion < SHARED_STATISTICS) return tables.map(() => undefined)
  const partitions = tables.flatMap(({ partitions: own }, index) => own.map(({ oid }) => ({ oid, index })))
  const rows = await session.query<{ i: number; counters: string | null }>(COUNTERS_SQL, [
    partitions.map(({ index }) => index),
    partitions.map(({ oid }) => oid),
  ])
  const counters = new Map(rows.map((row) => [row.i, row.counters ?? undefined]))
  return tables.map((_, index) => counters.get(index))
}

/** A role or a database may be set to count nothing. */
const ARE_COUNTED = `current_setting('track_counts') = 'on' AND NOT EXISTS (
    SELECT FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
    WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      AND setting LIKE 'track\\_counts=%' AND setting <> 'track_counts=on')`

/**
 * A crash drops all counters, which changes the time of the server's last reset. TRUNCATE and rewrites are not counted, but give a table
 * another file. Only heaps are known to count. A copy of a database has its files, but its counters start from zero. A server that was a
 * standby in between has not counted what it replayed, but it had to be started for that.
 */
const COUNTERS_SQL = `
SELECT m.i, CASE WHEN bool_and(c.relkind = 'p' OR a.amname = 'heap') THEN encode(sha256(convert_to(concat_ws(' ', d.oid, extract(epoch FROM pg_postmaster_start_time()),
    extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time()), extract(epoch FROM pg_stat_get_db_stat_reset_time(d.oid)),
    string_agg(concat_ws(' ', c.oid, pg_relation_filenode(c.oid),
      pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_inserted(c.oid),
      pg_stat_get_tuples_updated(c.oid) + pg_stat_get_xact_tuples_updated(c.oid),
      pg_stat_get_tuples_deleted(c.oid) + pg_stat_get_xact_tuples_deleted(c.oid)), ',' ORDER BY c.oid)), getdatabaseencoding())), 'hex') END AS counters
FROM unnest($1::int[], $2::oid[]) AS m (i, oid) JOIN pg_class c ON c.oid = m.oid LEFT JOIN pg_am a ON a.oid = c.relam,
  pg_database d
WHERE d.datname = current_database() AND ${ARE_COUNTED}
GROUP BY m.i, d.oid`

/** The facts that decide whether a database's statistics can be trusted. */
export interface StatisticsLimits {
  /** Whether sessions keep them where none is lost. */
  readonly areShared: boolean
  /** Whether they are kept for all roles. */
  readonly areCounted: boolean
  /** Whether the role may see whether other sessions have reported theirs. */
  readonly seesSessions: boolean
  readonly role: string
}

/** Reads these facts. */
export async function readStatisticsLimits(session: Session): Promise<StatisticsLimits> {
  const limits = await session.queryOne<{ areCounted: boolean; seesSessions: boolean; role: string }>(
    `SELECT ${ARE_COUNTED} AS "areCounted", pg_has_role('pg_read_all_stats', 'USAGE') AS "seesSessions", current_user::text AS role`,
  )
  return { areShared: session.serverVersion >= SHARED_STATISTICS, ...limits }
}

/**
 * Whether statistics show for each table that no other session has written to it since. It must be locked against writers, so that this
 * stays true. Statistics do not know everything (`track_counts` is a setting of the session), so they may save reading the rows only for
 * some runs.
 */
export async function areUntouched(
  database: Database,
  session: Session,
  seenBefore: SeenSessions | undefined,
  before: readonly { readonly table: Table; readonly writeCounters: string | undefined }[],
): Promise<boolean[]> {
  const isKnown = before.some(({ writeCounters }) => writeCounters !== undefined)
  if (!isKnown) return before.map(() => false)
  // Sessions first: one that has ended by then has reported.
  const [seen, now] = await Promise.all([
    seeStrangers(database, session),
    readWriteCounters(
      session,
      before.map(({ table }) => table),
    ),
  ])
  if (mayLackWrites(seenBefore, seen)) return before.map(() => false)
  return before.map(({ writeCounters }, index) => writeCounters !== undefined && writeCounters === now[index])
}

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
     FROM pg_stat_get_activity(NULL)
     WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> ALL ($1::int[]) AND backend_type IS DISTINCT FROM 'autovacuum worker'`,
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
