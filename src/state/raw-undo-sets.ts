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

/** Finds the runs that may have replaced or brought raw values of columns that are masked now: their undo sets and backups hold these. */
export async function findRawRuns(
  session: Session,
  masked: readonly { readonly table: TableName; readonly columns: readonly string[] }[],
): Promise<RawRun[]> {
  if (masked.length === 0) return []
  return session.query<RawRun & Record<string, unknown>>(
    `WITH raw AS (
     SELECT t.run_id::float8 AS "runId", bool_or(t.undo_table IS NOT NULL) AS "hasUndo"
     FROM json_to_recordset($1::json) AS m (schema text, name text, columns text[])
     JOIN mbsync.run_tables t ON t.schema_name = m.schema AND t.table_name = m.name
     JOIN mbsync.runs r ON r.id = t.run_id AND ${broughtRowsSql('r')}
     WHERE NOT coalesce(t.masked_columns, '{}') @> m.columns OR NOT EXISTS (
       SELECT FROM (
         SELECT coalesce(p.masked_columns, '{}') AS columns FROM mbsync.run_tables p
         JOIN mbsync.runs q ON q.id = p.run_id AND ${broughtRowsSql('q')}
         WHERE p.schema_name = m.schema AND p.table_name = m.name AND p.run_id < t.run_id ORDER BY p.run_id DESC LIMIT 1
       ) AS before WHERE before.columns @> m.columns
     )
     GROUP BY t.run_id
     )
     SELECT * FROM raw
     UNION ALL
     -- One that has not succeeded, or was taken back, may have written a dump all the same.
     SELECT r.id::float8, false FROM mbsync.runs r
     WHERE r.status <> 'succeeded' AND r.id < (SELECT max("runId") FROM raw)
     ORDER BY "runId"`,
    [JSON.stringify(masked.map(({ table: { schema, name }, columns }) => ({ schema, name, columns })))],
  )
}

/** Drops the undo sets of runs, which cannot be rolled back any more. Call it under the run lock only. */
export async function dropUndoSets(session: Session, runIds: readonly number[]): Promise<void> {
  await session.query(
    'UPDATE mbsync.run_tables SET undo_table = NULL WHERE undo_table IS NOT NULL AND run_id = ANY ($1::bigint[])',
    [runIds],
  )
  await dropUnknownUndoTables(session)
}
