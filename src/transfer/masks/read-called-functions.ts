import type { MaskRule } from '../../core/mask.ts'
import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import type { Session } from '../../postgres/session.ts'
import { expressionWords } from './expression-words.ts'

/**
 * The current definitions of the user functions that the SQL of masks may call, directly or through others. A function that is replaced
 * gives other values.
 */
export async function readCalledFunctions(
  session: Session,
  rules: readonly MaskRule[],
): Promise<ReadonlyTableMap<readonly string[]>> {
  const calls = rules.flatMap(({ table, columns }) => {
    const texts = columns.flatMap(({ mask }) => [mask.expression ?? [], mask.where ?? []].flat())
    return texts.flatMap((text) => [
      // No function has such a name, but casts may be used.
      { table, schema: '', name: '' },
      ...expressionWords(text).calls.flatMap(({ schema, name }) =>
        schema === undefined || schema === 'pg_catalog' ? [] : [{ table, schema, name }],
      ),
    ])
  })
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

/**
 * Functions call others in the text of their bodies. So each user function counts whose name appears in such a text, or that a body in
 * standard SQL depends on. User-defined casts have no names, so their functions count wherever SQL of users is evaluated. User-defined
 * operators are refused.
 */
const CALLED_SQL = `
WITH RECURSIVE asked AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS c (table_schema, table_name, schema, name)
), started AS (
  SELECT a.table_schema, a.table_name, p.oid FROM asked a
  JOIN pg_namespace n ON n.nspname = a.schema
  JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = a.name
  UNION
  SELECT a.table_schema, a.table_name, f.oid FROM asked a
  CROSS JOIN (SELECT castfunc AS oid FROM pg_cast WHERE oid >= 16384 AND castfunc <> 0) AS f
), called AS (
  SELECT * FROM started
  UNION
  SELECT c.table_schema, c.table_name, f.oid FROM called c JOIN pg_proc p ON p.oid = c.oid
  JOIN pg_proc f ON f.oid >= 16384 AND f.oid <> p.oid AND (strpos(p.prosrc, f.proname) > 0 OR EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid))
)
SELECT c.table_schema AS "tableSchema", c.table_name AS "tableName", p.oid::text || ':' || p.xmin::text AS version
FROM called c JOIN pg_proc p ON p.oid = c.oid
ORDER BY 1, 2, 3`
