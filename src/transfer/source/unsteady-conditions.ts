import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import type { Session } from '../../postgres/session.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'
import { expressionWords } from '../masks/expression-words.ts'

/** Words of subqueries that may give other rows each time. */
const UNSTEADY = new Set(['tablesample', 'limit', 'fetch', 'offset'])

/**
 * Finds tables whose `where` may be true of a row at one moment and false at the next: an incremental run evaluates it twice, for the changed rows and for all
 * keys, and would keep the old values of a row that meets it the second time alone. Gives the reason.
 */
export async function findUnsteadyConditions(
  witness: Session,
  tables: readonly Pick<LiveTable, 'name' | 'where'>[],
): Promise<ReadonlyTableMap<string>> {
  const conditions = tables.flatMap(({ name, where }) =>
    where === undefined ? [] : [{ name, ...expressionWords(where) }],
  )
  const found = new TableMap<string>()
  if (conditions.length === 0) return found
  const called = conditions.flatMap(({ name, calls, operatorSchemas }) => [
    ...calls.map(({ schema = 'pg_catalog', name: called }) => ({ table: name, schema, called })),
    // Which operator of a schema it is, is not looked at.
    ...operatorSchemas
      .filter((schema) => schema !== 'pg_catalog')
      .map((schema) => ({ table: name, schema, called: undefined })),
  ])
  const volatile = await witness.query<{ at: number; shown: string }>(VOLATILE_SQL, [
    called.map(({ schema }) => schema),
    called.map(({ called: name }) => name ?? null),
  ])
  for (const { name, words } of conditions) {
    const word = words.find((each) => UNSTEADY.has(each))
    if (word !== undefined)
      found.set(name, `its \`where\` uses ${word.toUpperCase()}, which can give other rows each time`)
  }
  for (const { at, shown } of volatile) {
    const table = called[at - 1]?.table
    if (table !== undefined && !found.has(table))
      found.set(table, `its \`where\` calls ${shown}, which is VOLATILE`)
  }
  return found
}

const VOLATILE_SQL = `
SELECT c.i::int AS at, min(CASE n.nspname WHEN 'pg_catalog' THEN '' ELSE n.nspname || '.' END || p.proname || '()') AS shown
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS c (schema, name, i)
JOIN pg_namespace n ON n.nspname = c.schema
JOIN pg_proc p ON p.provolatile = 'v' AND (c.name IS NOT NULL AND p.pronamespace = n.oid AND p.proname = c.name
  OR c.name IS NULL AND EXISTS (SELECT FROM pg_operator o WHERE o.oprnamespace = n.oid AND o.oprcode = p.oid))
GROUP BY c.i ORDER BY c.i`
