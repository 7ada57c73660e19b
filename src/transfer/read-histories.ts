import type { Readable } from 'node:stream'
import type { TableName } from '../core/table-name.ts'
import type { ListedRelation } from '../postgres/catalog/list-relations.ts'
import { copyRows } from '../postgres/copy-rows.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import { identifier, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { isSelected } from './select-relations.ts'
import type { Selection } from './inspection.ts'

/** The migrations that a database has had, as one table keeps them. */
export interface HistoryState {
  readonly table: TableName
  readonly tool: string
  readonly migrations: ReadonlySet<string>
}

/** Far more than any project has; larger ones are not compared. */
const LARGEST_BYTES = 4 * 1024 * 1024

/**
 * Reads the names of the migrations that a database has had, and nothing else of those tables; whatever is locked, large or may not be read is
 * left out. COPY of plain columns of built-in types runs no code of users and plans nothing. No transaction may be open on the session.
 */
export async function readHistories(
  session: Session,
  selection: Selection,
  relations: readonly ListedRelation[],
): Promise<HistoryState[]> {
  const histories = relations.flatMap((each) => {
    const { oid, name, history, platform } = each
    // Those of a host follow its own versions. One that was asked for is compared as any other table.
    const isCompared = platform === undefined && !isSelected(selection, each)
    return history !== undefined && isCompared && history.nameColumns.length > 0 ? [{ oid, name, history }] : []
  })
  if (histories.length === 0) return []
  const plain = await session.query<{ oid: number }>(PLAIN_TABLES_SQL, [
    JSON.stringify(histories.map(({ oid, history }) => ({ oid, columns: history.nameColumns }))),
    LARGEST_BYTES,
  ])
  const readable = new Set(plain.map(({ oid }) => oid))
  const states: HistoryState[] = []
  for (const { oid, name, history } of histories) {
    if (!readable.has(oid)) continue
    const migrations = await readNames(session, name, history.nameColumns)
    if (migrations !== undefined) states.push({ table: name, tool: history.tool, migrations })
  }
  return states
}

const PLAIN_TABLES_SQL = `
SELECT c.oid AS oid
FROM json_to_recordset($1::json) AS wanted (oid oid, columns json)
JOIN pg_class c ON c.oid = wanted.oid
WHERE c.relkind = 'r' AND pg_table_size(c.oid) <= $2::int8 AND NOT row_security_active(c.oid)
  AND has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
  AND NOT EXISTS (
    SELECT FROM json_array_elements_text(wanted.columns) AS w (name)
    WHERE NOT EXISTS (
      SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = c.oid AND a.attname = w.name AND NOT a.attisdropped AND a.attgenerated = ''
        AND t.typnamespace = 'pg_catalog'::regnamespace
    )
  )`

/** Undefined where a migration holds a lock on the table just now, or it has changed: the names are worth no waiting and no failure. */
async function readNames(
  session: Session,
  table: TableName,
  columns: readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  const sql = `COPY ${relation(table)} (${columns.map(identifier).join(', ')}) TO STDOUT`
  const names = new Set<string>()
  try {
    await session.transaction('BEGIN READ ONLY', async () => {
      await session.execute(`LOCK TABLE ONLY ${relation(table)} IN ACCESS SHARE MODE NOWAIT`)
      await session.busy(sql, async () => {
        const stream: Readable = session.copyOut(sql)
        for await (const rows of copyRows(stream)) for (const row of rows) names.add(nameOf(row))
      })
    })
    return names
  } catch (error) {
    if (error instanceof DatabaseError && !error.isConnectionLost) return undefined
    throw error
  }
}

function nameOf(row: readonly (string | null)[]): string {
  return row.map((value) => value ?? '').join('.')
}
