import type { Session } from '../postgres/session.ts'

/** Inserts rows into a table of the state in one statement, however many there are; they are named by their columns. */
export async function insertRows(
  session: Session,
  table: 'run_tables' | 'run_sequences' | 'watermarks' | 'loads',
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  if (rows.length === 0) return
  const name = `mbsync.${table}`
  await session.query(
    `INSERT INTO ${name} SELECT * FROM pg_catalog.json_populate_recordset(NULL::${name}, $1::json)`,
    [JSON.stringify(rows)],
  )
}
