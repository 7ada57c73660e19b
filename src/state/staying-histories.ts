import { TableSet } from '../core/table-map.ts'
import type { TableName } from '../core/table-name.ts'
import { recogniseHistory } from '../postgres/catalog/migration-histories.ts'
import type { Session } from '../postgres/session.ts'
import type { CreatedCounts } from './created-objects.ts'

/**
 * The histories of migrations that a run has filled together with the schema that it has created. They keep their rows when the run is rolled
 * back: the schema stays, and a migration tool that finds its history empty would create everything a second time.
 */
export async function findStayingHistories(
  session: Session,
  created: CreatedCounts,
  tables: readonly { readonly name: TableName; readonly inserted: number; readonly rowsAfter: number }[],
): Promise<TableSet> {
  if (!created.some(([kind]) => kind === 'table')) return new TableSet()
  const filled = tables.filter(({ inserted, rowsAfter }) => inserted > 0 && inserted === rowsAfter)
  const names = filled.map(({ name }) => name)
  const rows = await session.query<{ schema: string; name: string; columns: string[] }>(
    `SELECT t.schema, t.name, pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS t (schema, name)
     JOIN pg_catalog.pg_namespace n ON n.nspname = t.schema
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.name
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     GROUP BY t.schema, t.name`,
    [names.map(({ schema }) => schema), names.map(({ name }) => name)],
  )
  return new TableSet(rows.filter(({ columns, ...name }) => recogniseHistory(name, columns) !== undefined))
}
