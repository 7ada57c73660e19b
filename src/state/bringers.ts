import { groupByTable, TableMap } from '../core/table-map.ts'
import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import { IS_MASKED_ALIKE, type MaskedNow } from './raw-undo-sets.ts'
import { readTargetNow, type TargetNow, whyMarkVoid } from './target-mark.ts'

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

/** A table of which the transactions are wanted. */
export interface BroughtTable extends MaskedNow {
  /** Tables whose changes may have made a run put back rows of the table. */
  readonly parents: readonly TableName[]
}

/**
 * Reads the transactions that have brought rows of tables, also of runs that were rolled back since: rows that stay are left alone by rollbacks. Tables are left
 * out whose masked values were masked alike in all of them.
 */
export async function readBringers(
  session: Session,
  tables: readonly BroughtTable[],
): Promise<TableMap<readonly Bringer[]>> {
  if (tables.length === 0) return new TableMap()
  const [now, rows] = await Promise.all([
    readTargetNow(session),
    session.query<BringerRow>(BRINGERS_SQL, [
      JSON.stringify(
        tables.map(({ table: { schema, name }, columns, digests, parents }) => {
          return { schema, name, columns, digests, parents }
        }),
      ),
    ]),
  ])
  const byTable = groupByTable(rows, ({ schema, name }) => ({ schema, name }))
  return new TableMap([...byTable].map(([table, own]) => [table, own.map((row) => bringerOf(row, now))]))
}

function bringerOf({ full, xid, isRaw, hasOthers, identity }: BringerRow, now: TargetNow): Bringer {
  const isHere =
    identity !== null && whyMarkVoid({ identity, isOriginal: true, snapshot: full }, now) === undefined
  return { xid, isRaw, isCertain: isHere && !hasOthers }
}

interface BringerRow extends Pick<Bringer, 'xid' | 'isRaw'>, TableName, Record<string, unknown> {
  readonly full: string
  readonly hasOthers: boolean
  readonly identity: string | null
}

const BRINGERS_SQL = `
SELECT * FROM (
  SELECT m.schema, m.name, x.xid::text AS full, (x.xid & 4294967295)::text AS xid, NOT (${IS_MASKED_ALIKE}) AS "isRaw",
    bool_or(NOT (${IS_MASKED_ALIKE})) OVER (PARTITION BY m.schema, m.name) AS "hasRaw",
    t.changed_by_after IS NOT NULL OR coalesce(r.created::text, '') LIKE '%"followed"%'
      OR r.load_xids IS NOT NULL AND t.rows_after <> t.inserted
      OR EXISTS (
        SELECT FROM mbsync.run_tables p JOIN json_to_recordset(m.parents) AS n (schema text, name text) ON n.schema = p.schema_name AND n.name = p.table_name
        WHERE p.run_id = t.run_id AND p.updated + p.deleted > 0
      ) AS "hasOthers", r.target_identity AS identity, r.id
  FROM json_to_recordset($1::json) AS m (schema text, name text, columns text[], digests jsonb, parents json)
  JOIN mbsync.run_tables t ON t.schema_name = m.schema AND t.table_name = m.name
  JOIN mbsync.runs r ON r.id = t.run_id AND r.status IN ('succeeded', 'rolled back') AND r.mode IN ('full', 'incremental')
  CROSS JOIN LATERAL unnest(array_append(r.load_xids, r.merge_xid::text::int8)) AS x (xid)
  WHERE x.xid IS NOT NULL
) AS s WHERE s."hasRaw" ORDER BY s.id, s.xid`
