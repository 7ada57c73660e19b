import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'

/** The columns of a table of which a run brought masked values. */
export interface MaskedTable {
  readonly table: TableName
  readonly columns: readonly string[]
}

/** Reads what a run brought masked, by the name of the table. */
export async function readMaskedTables(session: Session, runId: number): Promise<MaskedTable[]> {
  const rows = await session.query<{ schema: string; name: string; columns: string[] }>(
    `SELECT schema_name AS schema, table_name AS name, masked_columns AS columns FROM mbsync.run_tables
     WHERE run_id = $1 AND pg_catalog.cardinality(masked_columns) > 0 ORDER BY 1, 2`,
    [runId],
  )
  return rows.map(({ schema, name, columns }) => ({ table: { schema, name }, columns }))
}
