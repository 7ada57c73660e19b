import type { SourceMark, Watermark } from '../../core/watermark.ts'
import { readSystemIdentifier } from '../../postgres/catalog/read-server.ts'
import type { Session } from '../../postgres/session.ts'

/** The current mark, and how far the server has advanced. */
export interface CurrentMark extends SourceMark {
  /** The next transaction id, 64 bits wide, as text. */
  readonly nextXid: string
}

/** The current facts, for comparison. */
export type CurrentWatermark = CurrentMark & Watermark

/** Half the circle of transaction ids, minus those that a source may assign while it is read. */
const FAR = 2n ** 31n - 2n ** 26n

/** Why a watermark no longer counts; undefined if it does. */
export function whyVoid(watermark: Watermark | undefined, now: CurrentWatermark): string | undefined {
  const unreadable = whyUnreadable(now)
  if (unreadable !== undefined) return unreadable
  if (watermark === undefined) return 'no earlier run to build on'
  if (watermark.targetPartitions === null || watermark.incarnation === null)
    return 'the last run was made by an earlier version of mbsync'
  return whyNotForward(watermark, now) ?? whyAnotherTable(watermark, now)
}

/** Why a source cannot be followed, because its role may not read its position, and what to grant; undefined if it can. */
export function whyUnreadable({
  systemIdentifier,
  timeline,
}: Pick<SourceMark, 'systemIdentifier' | 'timeline'>): string | undefined {
  if (systemIdentifier === null)
    return 'the role of the source may not read its system identifier (GRANT EXECUTE ON FUNCTION pg_control_system())'
  if (timeline === null)
    return 'the role of the source may not read which timeline this standby follows (GRANT pg_read_all_stats)'
  return undefined
}

/**
 * Within one life of a server, nothing that it has shown is undone: a standby only goes forward, even when it is promoted. After a start,
 * the server may have older storage, or have lost its last commits. Nothing that a role may read proves the contrary, because the server
 * may have reached a later position by other writes.
 */
function whyNotForward(watermark: SourceMark, now: CurrentMark): string | undefined {
  if (watermark.systemIdentifier !== now.systemIdentifier || watermark.databaseOid !== now.databaseOid)
    return 'another source'
  if (watermark.timeline !== now.timeline || BigInt(now.xmin) < BigInt(watermark.xmin))
    return 'the source was restored or failed over'
  if (watermark.incarnation !== now.incarnation)
    return 'the source was restarted, or another of its servers was read before'
  return BigInt(now.nextXid) - BigInt(watermark.xmin) >= FAR ? '2^31 transactions since' : undefined
}

function whyAnotherTable(watermark: Watermark, now: Watermark): string | undefined {
  if (watermark.masks !== now.masks) return 'its masks or MBSYNC_MASK_KEY changed'
  if (watermark.fingerprint !== now.fingerprint)
    return 'its columns, types, storage or condition changed in the source'
  if (watermark.targetPartitions !== now.targetPartitions)
    return 'the table was replaced, or its partitions changed, in the target'
  if (watermark.targetFingerprint !== now.targetFingerprint)
    return 'its columns, types or inheritance children changed in the target'
  return undefined
}

/**
 * The SQL condition that a row was written at or after a watermark. `xmin` is the low half of a transaction id and wraps around. `age()` is
 * the distance on that circle from the newest id, as a signed 32-bit number. The condition may include older rows, but misses none: a
 * transaction that was running has an id at or after the snapshot's xmin, and a subtransaction has a larger id than its parent.
 */
export function changedSince(alias: string, { xmin }: Pick<SourceMark, 'xmin'>): string {
  return `(pg_catalog.age(${alias}.xmin) <= (SELECT pg_catalog.age('${BigInt(xmin) & 0xffffffffn}'::xid)))`
}

/** The same for an `xmin` that was copied to another server, whose `age()` is about ids of its own. Ids below 3 are those of frozen rows. */
export function changedElsewhere(copied: string, { xmin }: Pick<SourceMark, 'xmin'>): string {
  const id = `${copied}::text::int8`
  const after = `(${id} - ${BigInt(xmin) & 0xffffffffn} + 4294967296) % 4294967296`
  return `(${id} >= 3 AND ${after} < 2147483648)`
}

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
