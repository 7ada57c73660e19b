import type { MaskRule } from '../../core/mask.ts'
import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import type { Session } from '../../postgres/session.ts'
import { expressionWords } from './expression-words.ts'

/** The functions of users that the SQL of masks calls, as they are now: one that is replaced gives other values. */
export async function readCalledFunctions(
  session: Session,
  rules: readonly MaskRule[],
): Promise<ReadonlyTableMap<readonly string[]>> {
  const calls = rules.flatMap(({ table, columns }) =>
    columns
      .flatMap(({ mask }) => expressionWords(`${mask.expression ?? ''}\n${mask.where ?? ''}`).calls)
      .flatMap(({ schema, name }) =>
        schema === undefined || schema === 'pg_catalog' ? [] : [{ table, schema, name }],
      ),
  )
  const found = new TableMap<string[]>()
  if (calls.length === 0) return found
  const rows = await session.query<{ tableSchema: string; tableName: string; version: string }>(CALLED_SQL, [
    calls.map(({ table }) => table.schema),
    calls.map(({ table }) => table.name),
    calls.map(({ schema }) => schema),
    calls.map(({ name }) => name),
  ])
  for (const { tableSchema, tableName, version } of rows) {
    const table = { schema: tableSchema, name: tableName }
    found.set(table, [...(found.get(table) ?? []), version])
  }
  return found
}

const CALLED_SQL = `
SELECT DISTINCT c.table_schema AS "tableSchema", c.table_name AS "tableName", p.oid::text || ':' || p.xmin::text AS version
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS c (table_schema, table_name, schema, name)
JOIN pg_namespace n ON n.nspname = c.schema
JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = c.name
ORDER BY 1, 2, 3`
