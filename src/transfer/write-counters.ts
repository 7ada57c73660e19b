import type { Table } from '../postgres/catalog/table.ts'
import type { Session } from '../postgres/session.ts'

/** The first server whose sessions write their statistics to shared memory, where none is lost. */
const SHARED_STATISTICS = 150_000

/**
 * What the server's statistics say of all writes to each table, with this transaction's own: as long as a reading stays the same, none has
 * been added, nor has the table been truncated or rewritten, and the statistics were not lost. Cheap, whatever the size of the tables.
 * @returns a text for each table, in their order; undefined where the statistics are not kept, or not of all writes
 */
export async function readWriteCounters(
  session: Session,
  tables: readonly Table[],
): Promise<(string | undefined)[]> {
  if (session.serverVersion < SHARED_STATISTICS) return tables.map(() => undefined)
  const members = tables.flatMap(({ members: own }, index) => own.map(({ oid }) => ({ oid, index })))
  const rows = await session.query<{ i: number; counters: string | null }>(COUNTERS_SQL, [
    members.map(({ index }) => index),
    members.map(({ oid }) => oid),
  ])
  const counters = new Map(rows.map((row) => [row.i, row.counters ?? undefined]))
  return tables.map((_, index) => counters.get(index))
}

/**
 * A crash drops all counters, which shows in the time of the last reset of the server's; TRUNCATE and rewrites are not counted, but
 * give a table another file. Only heaps are known to count. A role may be set up to count nothing. A copy of a database has its files, but
 * counts from the start; a server that was a standby meanwhile has counted nothing of what it replayed, and had to be started for that.
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
WHERE d.datname = current_database() AND current_setting('track_counts') = 'on'
  AND NOT EXISTS (SELECT FROM pg_db_role_setting s, unnest(s.setconfig) AS setting WHERE setting LIKE 'track\\_counts=%')
GROUP BY m.i, d.oid`

/** A table, and what {@link readWriteCounters} said of it before. */
export interface CountersBefore {
  readonly table: Table
  readonly writeCounters: string | undefined
}

/** Tells of each table whether the statistics prove that nobody has written to it since. It must be locked against writers for that to stay true. */
export async function areUntouched(session: Session, before: readonly CountersBefore[]): Promise<boolean[]> {
  const isKnown = before.some(({ writeCounters }) => writeCounters !== undefined)
  if (!isKnown || (await mayLackWrites(session))) return before.map(() => false)
  const now = await readWriteCounters(
    session,
    before.map(({ table }) => table),
  )
  return before.map(({ writeCounters }, index) => writeCounters !== undefined && writeCounters === now[index])
}

/**
 * Whether the statistics may still lack writes that have been committed: a session adds its own when it has been idle for ten seconds, and at
 * its end. Those of mbsync write to tables of others only while they merge, under the run lock.
 */
async function mayLackWrites(session: Session): Promise<boolean> {
  const { found } = await session.queryOne<{ found: boolean }>(`
SELECT EXISTS (
  SELECT FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND application_name <> 'mbsync' AND backend_type IS DISTINCT FROM 'autovacuum worker'
    AND (state IS DISTINCT FROM 'idle' OR state_change > clock_timestamp() - interval '15 seconds')
) AS found`)
  return found
}
