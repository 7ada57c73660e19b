import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import { IS_MASKED_ALIKE, type MaskedNow } from './raw-undo-sets.ts'
import { readTargetNow, whyMarkVoid } from './target-mark.ts'

/** A transaction that has brought rows of a table. */
export interface Bringer {
  /** The low half of its id, as `xmin` shows it. */
  readonly xid: string
  /** Whether values of columns that are masked now were raw in it, or masked in another way. */
  readonly isRaw: boolean
  /**
   * Whether each row of the table with this `xmin` came from the source: in this database, and in a transaction that has not rewritten the table, in which no
   * SQL of `after` has written to it, to which a swap has not carried over rows that stay, and which has put no such rows back.
   */
  readonly isCertain: boolean
}

/**
 * Reads the transactions that have brought rows of a table, also of runs that were rolled back since: rows that stay are left alone by rollbacks.
 * @param parents tables whose changes may have made a run put back rows of the table
 */
export async function readBringers(
  session: Session,
  masked: MaskedNow,
  parents: readonly TableName[],
): Promise<Bringer[]> {
  const { table, columns, digests } = masked
  const [now, rows] = await Promise.all([
    readTargetNow(session),
    session.query<BringerRow>(BRINGERS_SQL, [
      table.schema,
      table.name,
      columns,
      digests === undefined ? null : JSON.stringify(digests),
      parents.map(({ schema }) => schema),
      parents.map(({ name }) => name),
    ]),
  ])
  return rows.map(({ full, xid, isRaw, hasOthers, identity }) => ({
    xid,
    isRaw,
    isCertain:
      !hasOthers &&
      identity !== null &&
      whyMarkVoid({ identity, isOriginal: true, snapshot: full }, now) === undefined,
  }))
}

interface BringerRow extends Omit<Bringer, 'isCertain'>, Record<string, unknown> {
  readonly full: string
  readonly hasOthers: boolean
  readonly identity: string | null
}

const BRINGERS_SQL = `
SELECT x.xid::text AS full, (x.xid & 4294967295)::text AS xid, NOT (${IS_MASKED_ALIKE}) AS "isRaw",
  t.changed_by_after IS NOT NULL OR coalesce(r.created::text, '') LIKE '%"followed"%'
    OR r.load_xids IS NOT NULL AND t.rows_after <> t.inserted
    OR EXISTS (
      SELECT FROM mbsync.run_tables p JOIN unnest($5::text[], $6::text[]) AS n (schema, name) ON n.schema = p.schema_name AND n.name = p.table_name
      WHERE p.run_id = t.run_id AND p.updated + p.deleted > 0
    ) AS "hasOthers", r.target_identity AS identity
FROM (SELECT $3::text[] AS columns, $4::jsonb AS digests) AS m
JOIN mbsync.run_tables t ON t.schema_name = $1 AND t.table_name = $2
JOIN mbsync.runs r ON r.id = t.run_id AND r.status IN ('succeeded', 'rolled back') AND r.mode IN ('full', 'incremental')
CROSS JOIN LATERAL unnest(array_append(r.load_xids, r.merge_xid::text::int8)) AS x (xid)
WHERE x.xid IS NOT NULL
ORDER BY r.id, x.xid`
