import type { Readable } from 'node:stream'
import { settledInOrder } from '../../core/settled-in-order.ts'
import type { TableName } from '../../core/table-name.ts'
import type { ListedRelation } from '../../postgres/catalog/list-relations.ts'
import type { MigrationHistory } from '../../postgres/catalog/migration-histories.ts'
import { copyRows } from '../../postgres/copy-rows.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { Selection } from './inspection.ts'
import { isSelected } from './select-relations.ts'

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
  const states: HistoryState[] = []
  for (const each of relations) {
    const { history, platform } = each
    // Those of a host follow its own versions. One that was asked for is compared as any other table.
    if (history === undefined || platform !== undefined || isSelected(selection, each)) continue
    const migrations = await readNames(session, each, history)
    if (migrations !== undefined) states.push({ table: each.name, tool: history.tool, migrations })
  }
  return states
}

/** Undefined where a migration holds a lock on the table just now, or it has changed: the names are worth no waiting and no failure. */
async function readNames(
  session: Session,
  { oid, name: table }: ListedRelation,
  { nameColumns }: MigrationHistory,
): Promise<ReadonlySet<string> | undefined> {
  if (nameColumns.length === 0) return undefined
  const sql = `COPY ${relation(table)} (${nameColumns.map(identifier).join(', ')}) TO STDOUT`
  const names = new Set<string>()
  try {
    return await session.readingTransaction('BEGIN READ ONLY', async () => {
      const [, { isPlain }] = await settledInOrder([
        session.execute(`LOCK TABLE ONLY ${relation(table)} IN ACCESS SHARE MODE NOWAIT`),
        session.queryOne<{ isPlain: boolean }>(IS_PLAIN_SQL, [oid, nameColumns, LARGEST_BYTES]),
      ])
      if (!isPlain) return undefined
      await session.busy(sql, async () => {
        const stream: Readable = session.copyOut(sql)
        for await (const rows of copyRows(stream)) for (const row of rows) names.add(nameOf(row))
      })
      return names
    })
  } catch (error) {
    if (error instanceof DatabaseError && !error.isConnectionLost) return undefined
    throw error
  }
}

const IS_PLAIN_SQL = `
SELECT EXISTS (
  SELECT FROM pg_class c
  WHERE c.oid = $1::oid AND c.relkind = 'r' AND NOT row_security_active(c.oid) AND has_table_privilege(c.oid, 'SELECT')
    AND pg_table_size(c.oid) <= $3::int8 AND NOT EXISTS (
      SELECT FROM unnest($2::text[]) AS w (name)
      WHERE NOT EXISTS (
        SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attname = w.name AND NOT a.attisdropped AND a.attgenerated = ''
          AND t.typnamespace = 'pg_catalog'::regnamespace
      )
    )
) AS "isPlain"`

function nameOf(row: readonly (string | null)[]): string {
  return row.map((value) => value ?? '').join('.')
}
