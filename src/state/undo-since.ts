import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import { isWrittenBy } from './target-mark.ts'

/** Where merges have kept the rows of a table that they replaced or deleted, if a snapshot does not see those merges. */
export async function readUndoSince(
  session: Session,
  { schema, name }: TableName,
  snapshot: string,
): Promise<TableName[]> {
  const rows = await session.query<{ name: string }>(
    `SELECT t.undo_table AS name FROM mbsync.run_tables AS t JOIN mbsync.runs AS r ON r.id = t.run_id
     WHERE t.schema_name = $1 AND t.table_name = $2 AND t.undo_table IS NOT NULL AND t.key_columns IS NOT NULL
       AND r.status = 'succeeded' AND ${isWrittenBy('t', 'r.merge_xid')}
       AND NOT txid_visible_in_snapshot(r.merge_xid, $3::txid_snapshot)`,
    [schema, name, snapshot],
  )
  return rows.map((row) => ({ schema: 'mbsync_undo', name: row.name }))
}
