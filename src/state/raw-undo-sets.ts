import type { TableName } from '../core/table-name.ts'
import { literal, relation } from '../postgres/identifiers.ts'
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
export const IS_MASKED_ALIKE =
  "coalesce(t.masked_columns, '{}') @> m.columns AND (m.digests IS NULL OR coalesce(t.mask_digests, '{}') @> m.digests)"

/** Drops the undo sets of runs, which cannot be rolled back any more. Call it under the run lock only. */
export async function dropUndoSets(session: Session, runIds: readonly number[]): Promise<void> {
  await session.query(
    'UPDATE mbsync.run_tables SET undo_table = NULL WHERE undo_table IS NOT NULL AND run_id = ANY ($1::bigint[])',
    [runIds],
  )
  await dropUnknownUndoTables(session)
}

/** Finds undo sets of tables that hold rows which one of these transactions has written; `xids` are low halves. Returns their runs. */
export async function findUndoOf(
  session: Session,
  written: readonly { readonly table: TableName; readonly xids: readonly string[] }[],
): Promise<number[]> {
  if (written.length === 0) return []
  const sets = await session.query<{ runId: number; undo: string; at: number }>(
    `SELECT t.run_id::float8 AS "runId", t.undo_table AS undo, m.at::int4 - 1 AS at
     FROM ROWS FROM (unnest($1::text[]), unnest($2::text[])) WITH ORDINALITY AS m (schema, name, at)
     JOIN mbsync.run_tables t ON t.schema_name = m.schema AND t.table_name = m.name
     JOIN pg_class c ON c.relname = t.undo_table JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'mbsync_undo'
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'mbsync_xmin' ORDER BY t.run_id`,
    [written.map(({ table }) => table.schema), written.map(({ table }) => table.name)],
  )
  if (sets.length === 0) return []
  const selects = sets.map(({ runId, undo, at }) => {
    const set = relation({ schema: 'mbsync_undo', name: undo })
    const xids = literal(`{${written[at]?.xids.join(',') ?? ''}}`)
    return `SELECT ${runId}::float8 AS "runId" WHERE EXISTS (SELECT FROM ${set} AS u WHERE u.mbsync_xmin::text = ANY (${xids}::text[]))`
  })
  const found = await session.query<{ runId: number }>(selects.join('\nUNION '))
  return found.map(({ runId }) => runId)
}

/** All runs: while rows stay that a run has brought before the masks, every dump of the target holds them. */
export async function listRunIds(session: Session): Promise<number[]> {
  const rows = await session.query<{ id: number }>('SELECT id::float8 AS id FROM mbsync.runs ORDER BY id')
  return rows.map(({ id }) => id)
}
