import type { MaskRule } from '../../core/mask.ts'
import { nameKey } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import { expressionWords } from './expression-words.ts'

/** The functions of users that the SQL of masks calls, as they are now: one that is replaced gives other values. By {@link nameKey} of the table. */
export async function readCalledFunctions(
  session: Session,
  rules: readonly MaskRule[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const calls = rules.flatMap(({ table, columns }) =>
    columns
      .flatMap(({ mask }) => expressionWords(`${mask.expression ?? ''}\n${mask.where ?? ''}`).calls)
      .flatMap(({ schema, name }) =>
        schema === undefined || schema === 'pg_catalog' ? [] : [{ table: nameKey(table), schema, name }],
      ),
  )
  const found = new Map<string, string[]>()
  if (calls.length === 0) return found
  const rows = await session.query<{ table: string; version: string }>(CALLED_SQL, [
    calls.map(({ table }) => table),
    calls.map(({ schema }) => schema),
    calls.map(({ name }) => name),
  ])
  for (const { table, version } of rows) found.set(table, [...(found.get(table) ?? []), version])
  return found
}

const CALLED_SQL = `
SELECT DISTINCT c."table", p.oid::text || ':' || p.xmin::text AS version
FROM unnest($1::text[], $2::text[], $3::text[]) AS c ("table", schema, name)
JOIN pg_namespace n ON n.nspname = c.schema
JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = c.name
ORDER BY 1, 2`
