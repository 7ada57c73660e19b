import { type ReadonlyTableMap, TableMap } from '../core/table-map.ts'
import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import { broughtRowsSql } from './brought-rows-sql.ts'

/** What SQL of `after` has done in a run, beside the rows of its tables. */
export interface AfterRecord {
  readonly files: readonly string[]
  /** Tables that the run does not bring, as messages name them. */
  readonly elsewhere: readonly string[]
  /** Whether it may have changed definitions. */
  readonly hasDefined: boolean
  /** `txid_current()` of its transactions. */
  readonly xids: readonly string[]
}

/** Reads such a record from its column; undefined if there is none. */
export function toAfterRecord(value: unknown): AfterRecord | undefined {
  return typeof value === 'object' && value !== null ? (value as AfterRecord) : undefined
}

/** Writes down what a script has done in the transaction that is under way, where a run has written its tables before. */
export async function rememberAfter(
  session: Session,
  runId: number,
  record: AfterRecord,
  changed: readonly TableName[],
): Promise<void> {
  await session.query(
    `UPDATE mbsync.run_tables t SET changed_by_after = 'undoable' FROM unnest($2::text[], $3::text[]) AS c (schema, name)
     WHERE t.run_id = $1 AND t.schema_name = c.schema AND t.table_name = c.name`,
    [runId, changed.map(({ schema }) => schema), changed.map(({ name }) => name)],
  )
  await session.query('UPDATE mbsync.runs SET after = $2::jsonb WHERE id = $1', [
    runId,
    JSON.stringify(record),
  ])
}

/**
 * Writes down, in the transaction of a run, that its SQL of `after` has changed tables which it does not bring: what earlier runs know of these no longer
 * holds, so the next run reads them in full, and those runs are not undone over it.
 */
export async function distrustTables(
  session: Session,
  runId: number,
  tables: readonly TableName[],
): Promise<void> {
  if (tables.length === 0) return
  await session.query(
    `UPDATE mbsync.run_tables t SET changed_by_after = 'not undoable' FROM unnest($2::text[], $3::text[]) AS c (schema, name)
     WHERE t.run_id <> $1 AND t.schema_name = c.schema AND t.table_name = c.name`,
    [runId, tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  )
}

/** The tables that SQL of `after` has changed in the last run that brought them, with the number of that run. */
export async function readChangedByAfter(session: Session): Promise<ReadonlyTableMap<number>> {
  const rows = await session.query<{ schema: string; name: string; run: number; isChanged: boolean }>(
    `SELECT DISTINCT ON (t.schema_name, t.table_name) t.schema_name AS schema, t.table_name AS name, r.id::float8 AS run,
       t.changed_by_after IS NOT NULL AS "isChanged"
     FROM mbsync.run_tables t JOIN mbsync.runs r ON r.id = t.run_id WHERE r.status = 'succeeded'
     ORDER BY t.schema_name, t.table_name, r.id DESC`,
  )
  return new TableMap(
    rows.filter(({ isChanged }) => isChanged).map(({ schema, name, run }) => [{ schema, name }, run]),
  )
}

/** The tables of the last run which keep it from being undone, as SQL of `after` has changed them in a way that a rollback cannot undo. */
export async function readKeptByAfter(
  session: Session,
): Promise<{ readonly runId: number; readonly tables: readonly TableName[] } | undefined> {
  const rows = await session.query<{ id: number; schema: string; name: string }>(
    `SELECT r.id::float8 AS id, t.schema_name AS schema, t.table_name AS name
     FROM (SELECT r.id FROM mbsync.runs r WHERE ${broughtRowsSql('r')} ORDER BY r.id DESC LIMIT 1) AS r
     JOIN mbsync.run_tables t ON t.run_id = r.id AND t.changed_by_after = 'not undoable' ORDER BY 2, 3`,
  )
  const [first] = rows
  return first && { runId: first.id, tables: rows.map(({ schema, name }) => ({ schema, name })) }
}

/** The transactions in which runs have run files that are all among these. */
export async function readAfterXids(session: Session, files: readonly string[]): Promise<string[]> {
  const rows = await session.query<{ xid: string }>(
    `SELECT xid FROM mbsync.runs r CROSS JOIN LATERAL jsonb_array_elements_text(r.after -> 'xids') AS xid
     WHERE r.status = 'succeeded' AND r.after -> 'files' <@ $1::jsonb`,
    [JSON.stringify(files)],
  )
  return rows.map(({ xid }) => xid)
}
