import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import { insertRows } from './insert-rows.ts'

/** A table that was empty, with what a run has loaded into it. */
export interface LoadedRows {
  readonly name: TableName
  readonly rows: number
  /** `txid_current()` of the transaction that copied them, as text. */
  readonly xid: string
}

/** Writes down what the transaction of the session has loaded: the two are true together or not at all. */
export async function rememberLoads(
  session: Session,
  runId: number,
  loaded: readonly Omit<LoadedRows, 'xid'>[],
): Promise<void> {
  const { xid } = await session.queryOne<{ xid: string }>('SELECT txid_current()::text AS xid')
  await insertRows(session, 'loads', loaded, ({ name, rows }) => {
    return { run_id: runId, schema_name: name.schema, table_name: name.name, rows, xid }
  })
}

/** What a run has loaded. */
export async function readLoads(session: Session, runId: number): Promise<LoadedRows[]> {
  return toLoads(
    await session.query<LoadRow>(`SELECT ${LOADED} FROM mbsync.loads WHERE run_id = $1 ORDER BY 1, 2`, [
      runId,
    ]),
  )
}

/**
 * The runs that have loaded tables and did not finish, as they died or failed between two commits. What a later run has brought to those tables
 * must stay. Call it under the run lock only.
 */
export async function readUnfinishedLoads(session: Session): Promise<number[]> {
  const rows = await session.query<{ id: number }>(
    `SELECT r.id::float8 AS id FROM mbsync.runs r
     WHERE r.status NOT IN ('succeeded', 'rolled back') AND EXISTS (SELECT FROM mbsync.loads l WHERE l.run_id = r.id)
       AND NOT EXISTS (SELECT FROM mbsync.runs later WHERE later.id > r.id AND later.status = 'succeeded')
     ORDER BY r.id`,
  )
  return rows.map(({ id }) => id)
}

/** Forgets what a run has loaded, in the transaction that empties its tables, and returns it: to one of several sessions that ask for it at once. */
export async function forgetLoads(session: Session, runId: number): Promise<LoadedRows[]> {
  return toLoads(
    await session.query<LoadRow>(`DELETE FROM mbsync.loads WHERE run_id = $1 RETURNING ${LOADED}`, [runId]),
  )
}

type LoadRow = { schema: string; name: string; rows: number; xid: string }
const LOADED = 'schema_name AS schema, table_name AS name, rows::float8 AS rows, xid::text AS xid'

function toLoads(rows: readonly LoadRow[]): LoadedRows[] {
  return rows.map(({ schema, name, ...loaded }) => ({ name: { schema, name }, ...loaded }))
}
