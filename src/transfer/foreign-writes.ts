import type { TableName } from '../core/table-name.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'

/** A moment on the target, against which later writes show. */
export interface WriteMark {
  /** `txid_current_snapshot()` with the tables locked, before a merge wrote anything. */
  readonly snapshot: string
  /** `txid_current()` of every merge: rows that carry one were written by mbsync. */
  readonly mergeXids: readonly string[]
}

/** A table's rows, and those among them that nobody can date from before the mark. */
export interface MarkedRows {
  readonly rows: number
  /** Rows with an xmin at or after that of the mark's snapshot which is no merge's. */
  readonly undated: number
  /** A sum of hashes over where those rows stand and who wrote them. */
  readonly fingerprint: string
}

/**
 * Counts a table's rows and fingerprints those that may be younger than the mark. Transactions that were running at the mark have an xid at or after
 * its xmin, and a child's xid is larger than its parent's, so every later write is among them; so are some older rows, which is why
 * two readings must be compared: if they are equal, nobody wrote in between.
 */
export async function readMarkedRows(
  session: Session,
  tableSql: string,
  mark: WriteMark,
): Promise<MarkedRows> {
  return session.queryOne<MarkedRows & Record<string, unknown>>(
    `SELECT count(*)::float8 AS rows, (count(*) FILTER (WHERE ${isUndated('t.xmin')}))::float8 AS undated,
       coalesce(sum(hashtextextended(concat_ws(' ', t.tableoid, t.ctid, t.xmin), 0)::numeric)
         FILTER (WHERE ${isUndated('t.xmin')}), 0)::text AS fingerprint
     FROM ${tableSql} AS t`,
    [mark.snapshot, mark.mergeXids],
  )
}

/** Whether an undo set holds rows that somebody else may have written since the mark of the run before it. */
export async function holdsForeignWrites(
  session: Session,
  undo: TableName,
  mark: WriteMark,
): Promise<boolean> {
  const { found } = await session.queryOne<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM ${relation(undo)} AS u WHERE u.mbsync_op <> 'i' AND ${isUndated('u.mbsync_xmin')}) AS found`,
    [mark.snapshot, mark.mergeXids],
  )
  return found
}

/** xmin is the low half of a transaction id and wraps around: at or after the snapshot's xmin means less than half the circle ahead. */
function isUndated(xmin: string): string {
  const low = `${xmin}::text::int8`
  return `((${low} - txid_snapshot_xmin($1::txid_snapshot)) & 4294967295) < 2147483648
    AND ${low} > 2 AND ${low} <> ALL (ARRAY(SELECT x::int8 & 4294967295 FROM unnest($2::text[]) AS x))`
}
