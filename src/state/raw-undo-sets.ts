import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import { broughtRowsSql } from './brought-rows-sql.ts'
import { dropUnknownUndoTables } from './undo-sets.ts'

/** A run before which, or after which, a table may have held values that are masked now. */
export interface RawRun {
  readonly runId: number
  /** Whether it has an undo set. */
  readonly hasUndo: boolean
}

/** A table with the columns that are masked now, and the digests of their masks; undefined where they are not known, as for an import. */
export interface MaskedNow {
  readonly table: TableName
  readonly columns: readonly string[]
  readonly digests: Readonly<Record<string, string>> | undefined
}

/** Finds the runs that may have replaced or brought values of columns that are masked now, which were raw or masked in another way: their undo sets and backups hold these. */
export async function findRawRuns(session: Session, masked: readonly MaskedNow[]): Promise<RawRun[]> {
  if (masked.length === 0) return []
  return session.query<RawRun & Record<string, unknown>>(
    `WITH raw AS (
     SELECT t.run_id::float8 AS "runId", bool_or(t.undo_table IS NOT NULL) AS "hasUndo"
     FROM json_to_recordset($1::json) AS m (schema text, name text, columns text[], digests jsonb)
     JOIN mbsync.run_tables t ON t.schema_name = m.schema AND t.table_name = m.name
     JOIN mbsync.runs r ON r.id = t.run_id AND ${broughtRowsSql('r')}
     WHERE NOT (${IS_MASKED_ALIKE}) OR NOT EXISTS (
       SELECT FROM (
         SELECT p.masked_columns, p.mask_digests FROM mbsync.run_tables p
         JOIN mbsync.runs q ON q.id = p.run_id AND ${broughtRowsSql('q')}
         WHERE p.schema_name = m.schema AND p.table_name = m.name AND p.run_id < t.run_id ORDER BY p.run_id DESC LIMIT 1
       ) AS t WHERE ${IS_MASKED_ALIKE}
     )
     GROUP BY t.run_id
     )
     SELECT * FROM raw
     UNION ALL
     -- One that has not succeeded, or was taken back, may have written a dump all the same.
     SELECT r.id::float8, false FROM mbsync.runs r
     WHERE r.status <> 'succeeded' AND r.id < (SELECT max("runId") FROM raw)
     ORDER BY "runId"`,
    [
      JSON.stringify(
        masked.map(({ table: { schema, name }, columns, digests }) => ({ schema, name, columns, digests })),
      ),
    ],
  )
}

/** Runs of earlier versions have no digests: they count as masked in another way. */
const IS_MASKED_ALIKE =
  "coalesce(t.masked_columns, '{}') @> m.columns AND (m.digests IS NULL OR coalesce(t.mask_digests, '{}') @> m.digests)"

/** The low halves of the ids of the transactions that have brought values of a table which are masked now, and were raw or masked in another way. */
export async function readRawXids(session: Session, masked: MaskedNow): Promise<string[]> {
  const { table, columns, digests } = masked
  const rows = await session.query<{ xid: string }>(
    `SELECT DISTINCT (x.xid & 4294967295)::text AS xid
     FROM (SELECT $3::text[] AS columns, $4::jsonb AS digests) AS m
     JOIN mbsync.run_tables t ON t.schema_name = $1 AND t.table_name = $2 AND NOT (${IS_MASKED_ALIKE})
     JOIN mbsync.runs r ON r.id = t.run_id AND r.status = 'succeeded' AND r.mode IN ('full', 'incremental')
     CROSS JOIN LATERAL unnest(array_append(r.load_xids, r.merge_xid::text::int8)) AS x (xid)
     WHERE x.xid IS NOT NULL`,
    [table.schema, table.name, columns, digests === undefined ? null : JSON.stringify(digests)],
  )
  return rows.map(({ xid }) => xid)
}

/** Drops the undo sets of runs, which cannot be rolled back any more. Call it under the run lock only. */
export async function dropUndoSets(session: Session, runIds: readonly number[]): Promise<void> {
  await session.query(
    'UPDATE mbsync.run_tables SET undo_table = NULL WHERE undo_table IS NOT NULL AND run_id = ANY ($1::bigint[])',
    [runIds],
  )
  await dropUnknownUndoTables(session)
}
