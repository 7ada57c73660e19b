import { readSystemIdentifier } from '../../postgres/catalog/read-server.ts'
import type { Session } from '../../postgres/session.ts'
import type { CurrentMark } from './watermark.ts'

/** The mark of the session's snapshot: its position in the history of a server. The snapshot is given as `txid_current_snapshot()`. */
export async function readSourceMark(session: Session, snapshot: string): Promise<CurrentMark> {
  const xmin = BigInt(snapshot.split(':')[0] ?? '0')
  const [systemIdentifier = null, { isInRecovery, mayFollow, age, ...mark }] = await Promise.all([
    readSystemIdentifier(session),
    session.queryOne<ServerMark>(MARK_SQL, [String(xmin & 0xffffffffn)]),
  ])
  return {
    ...mark,
    systemIdentifier,
    timeline: isInRecovery && mayFollow ? await readTimelineOfStandby(session) : mark.timeline,
    xmin: String(xmin),
    nextXid: String(xmin + BigInt(age)),
  }
}

interface ServerMark
  extends Omit<CurrentMark, 'systemIdentifier' | 'xmin' | 'nextXid'>,
    Record<string, unknown> {
  readonly isInRecovery: boolean
  /** Whether the role may read which primary a standby follows. */
  readonly mayFollow: boolean
  /** How far the next transaction id is ahead of the snapshot's xmin. The server keeps this below half the circle. */
  readonly age: number
}

/**
 * A restart changes the start time of the postmaster. The postmaster survives the crash of another process, which loses commits that were
 * not flushed. After such a recovery, the server's statistics begin again, and every role may read their reset time. The control file has
 * the timeline of the last checkpoint, which on a primary may be the one before its promotion.
 */
const MARK_SQL = `
SELECT d.oid AS "databaseOid", pg_is_in_recovery() AS "isInRecovery", age($1::text::xid) AS age,
  concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()), extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time())) AS incarnation,
  CASE WHEN NOT pg_is_in_recovery() THEN ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline,
  pg_has_role('pg_read_all_stats', 'USAGE') AND has_function_privilege('pg_control_checkpoint()', 'EXECUTE')
    AND has_function_privilege('pg_control_recovery()', 'EXECUTE') AS "mayFollow"
FROM pg_database d WHERE d.datname = current_database()`

/** A standby writes what it receives into its control file only at the next restartpoint. */
async function readTimelineOfStandby(session: Session): Promise<number> {
  const { timeline } = await session.queryOne<{ timeline: number }>(
    `SELECT greatest(c.timeline_id, r.min_recovery_end_timeline, (SELECT max(received_tli) FROM pg_stat_wal_receiver)) AS timeline
     FROM pg_control_checkpoint() c, pg_control_recovery() r`,
  )
  return timeline
}
