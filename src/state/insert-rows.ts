import type { Session } from '../postgres/session.ts'

/** The rows of thousands of tables would take megabytes several times: as objects, as JSON, and on their way. */
const ROWS_AT_ONCE = 1000

/** Inserts rows into a table of the state, many in one statement; they are named by their columns, and what is undefined is NULL. */
export async function insertRows<T>(
  session: Session,
  table: 'run_tables' | 'run_sequences' | 'watermarks' | 'loads',
  items: Iterable<T>,
  toRow: (item: T) => Readonly<Record<string, unknown>>,
): Promise<void> {
  const name = `mbsync.${table}`
  const insert = (rows: readonly object[]) =>
    session.query(
      `INSERT INTO ${name} SELECT * FROM pg_catalog.json_populate_recordset(NULL::${name}, $1::json)`,
      [JSON.stringify(rows)],
    )
  let rows: object[] = []
  for (const item of items) {
    rows.push(toRow(item))
    if (rows.length < ROWS_AT_ONCE) continue
    await insert(rows)
    rows = []
  }
  if (rows.length > 0) await insert(rows)
}
