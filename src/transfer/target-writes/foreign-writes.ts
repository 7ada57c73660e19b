import type { TableName } from '../../core/table-name.ts'
import type { MarkedRows } from '../../core/watermark.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'

/** A point in time on the target, after which writes can be recognized. */
export interface WriteMark {
  /** `txid_current_snapshot()` with the tables locked, before a merge wrote anything. */
  readonly snapshot: string
  /** `txid_current()` of every merge. Rows with one of these ids were written by mbsync. */
  readonly mergeXids: readonly string[]
}

/** The columns of {@link markedSql}, as a column definition list. */
export const MARK_COLUMNS = ['tableoid oid', 'ctid tid', 'xmin xid']

/** A SELECT of the facts about a table's rows that are compared with marks. */
export function markedSql(from: string): string {
  return `SELECT tableoid, ctid, xmin FROM ${from}`
}

/** The fingerprint of no rows. */
export const NO_UNDATED_ROWS = '0'

/**
 * Counts a table's rows, and fingerprints those that may be younger than the mark. Transactions that were running at the mark have an xid
 * at or after its xmin, and a child's xid is larger than its parent's. So these rows include every later write, and also some older rows.
 * If two readings are equal, nothing was written in between.
 */
export async function readMarkedRows(
  session: Session,
  tableSql: string,
  mark: WriteMark,
): Promise<MarkedRows> {
  const [[marked] = []] = await readTablesAtMarks(session, [tableSql], [mark.snapshot], mark.mergeXids)
  if (marked === undefined) throw new Error('One mark was asked for')
  return marked
}

/** The same for several tables and marks. Fingerprints are rarely needed, so rows are only counted at first. */
export async function readTablesAtMarks(
  session: Session,
  tablesSql: readonly string[],
  snapshots: readonly string[],
  mergeXids: readonly string[],
): Promise<MarkedRows[][]> {
  if (tablesSql.length === 0) return []
  const oldest = `greatest(${snapshots.map((_, index) => ageOf(`$${index + 2}`)).join(', ')})`
  const isYoung = `age(t.xmin) <= ${oldest} AND ${isForeign('t.xmin')}`
  const counts = tablesSql.map(
    (sql, at) =>
      `SELECT ${at} AS at, count(*)::float8 AS rows, (count(*) FILTER (WHERE ${isYoung}))::float8 AS young FROM ${sql} AS t`,
  )
  const counted = await session.query<{ at: number; rows: number; young: number }>(
    counts.join('\nUNION ALL\n'),
    [mergeXids, ...snapshots],
  )
  const marked = tablesSql.map((): MarkedRows[] => [])
  for (const { at, rows, young } of counted) {
    const fingerprints =
      young === 0
        ? snapshots.map(() => ({ undated: 0, fingerprint: NO_UNDATED_ROWS }))
        : await fingerprintRows(session, tablesSql[at] ?? '', isYoung, snapshots, mergeXids)
    marked[at] = fingerprints.map((fingerprint) => ({ rows, ...fingerprint }))
  }
  return marked
}

async function fingerprintRows(
  session: Session,
  tableSql: string,
  isYoung: string,
  snapshots: readonly string[],
  mergeXids: readonly string[],
): Promise<Omit<MarkedRows, 'rows'>[]> {
  const aggregates = snapshots.map((_, index) => {
    const condition = isUndated('t.xmin', `$${index + 2}`)
    return `(count(*) FILTER (WHERE ${condition}))::float8 AS undated${index},
       coalesce(sum(hashtextextended(concat_ws(' ', t.tableoid, t.ctid, t.xmin), 0)::numeric) FILTER (WHERE ${condition}), 0)::text AS fingerprint${index}`
  })
  const row = await session.queryOne<Record<string, unknown>>(
    `SELECT ${aggregates.join(', ')} FROM ${tableSql} AS t WHERE ${isYoung}`,
    [mergeXids, ...snapshots],
  )
  return snapshots.map((_, index) => ({
    undated: Number(row[`undated${index}`]),
    fingerprint: String(row[`fingerprint${index}`]),
  }))
}

/** Whether some undo tables contain rows that another session may have written since the snapshot of the previous run. */
export async function holdsForeignWrites(
  session: Session,
  undo: readonly { readonly table: TableName; readonly snapshot: string }[],
  mergeXids: readonly string[],
): Promise<boolean> {
  const isFound = undo.map(
    ({ table }, index) =>
      `EXISTS (SELECT FROM ${relation(table)} AS u WHERE u.mbsync_op <> 'i' AND ${isUndated('u.mbsync_xmin', `$${index + 2}`)})`,
  )
  const { found } = await session.queryOne<{ found: boolean }>(`SELECT ${isFound.join('\nOR ')} AS found`, [
    mergeXids,
    ...undo.map(({ snapshot }) => snapshot),
  ])
  return found
}

/**
 * xmin is the low half of a transaction id. `age()` is its distance on the circle of ids, which is largest for frozen rows. `snapshot` is a
 * parameter.
 */
function isUndated(xmin: string, snapshot: string): string {
  return `age(${xmin}) <= ${ageOf(snapshot)} AND ${isForeign(xmin)}`
}

/** Whether no merge wrote the row. The xids of merges are $1. */
function isForeign(xmin: string): string {
  return `${xmin} <> ALL (ARRAY(SELECT (x::int8 & 4294967295)::text::xid FROM unnest($1::text[]) AS x))`
}

/** Computed once per statement, not for every row. */
function ageOf(snapshot: string): string {
  return `(SELECT age((txid_snapshot_xmin(${snapshot}::txid_snapshot) & 4294967295)::text::xid))`
}
