import type { TableName } from '../core/table-name.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'

/** What tells rows that a run left behind from rows that somebody wrote after it. */
export interface WriteMark {
  /** `txid_current_snapshot()` at the end of the run's merge. */
  readonly snapshot: string
  /** `txid_current()` of every merge: rows that carry one were written by mbsync. */
  readonly mergeXids: readonly string[]
}

/**
 * Counts the rows of a table, and those that somebody else wrote since the mark. Over-counts, never misses: a transaction that was
 * still running at the mark has an xid at or after the snapshot's xmin, and a child's xid is larger than its parent's.
 */
export async function countForeignWrites(
  session: Session,
  tableSql: string,
  mark: WriteMark,
): Promise<{ rows: number; foreign: number }> {
  return session.queryOne<{ rows: number; foreign: number }>(
    `SELECT count(*)::float8 AS rows, (count(*) FILTER (WHERE ${isForeign('t.xmin')}))::float8 AS foreign FROM ${tableSql} AS t`,
    [mark.snapshot, mark.mergeXids],
  )
}

/** Whether an undo set holds rows that somebody else had written since the mark of the run before it. */
export async function holdsForeignWrites(
  session: Session,
  undo: TableName,
  mark: WriteMark,
): Promise<boolean> {
  const { found } = await session.queryOne<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM ${relation(undo)} AS u WHERE u.mbsync_op <> 'i' AND ${isForeign('u.mbsync_xmin')}) AS found`,
    [mark.snapshot, mark.mergeXids],
  )
  return found
}

/** xmin is the low half of a transaction id and wraps around: at or after the snapshot's xmin means less than half the circle ahead. */
function isForeign(xmin: string): string {
  const low = `${xmin}::text::int8`
  return `((${low} - txid_snapshot_xmin($1::txid_snapshot)) & 4294967295) < 2147483648
    AND ${low} > 2 AND ${low} <> ALL (ARRAY(SELECT x::int8 & 4294967295 FROM unnest($2::text[]) AS x))`
}
