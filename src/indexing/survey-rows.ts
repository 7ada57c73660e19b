import { displayIdentifier, displayName, type TableName } from '../core/table-name.ts'
import { describeQuery } from '../postgres/describe-query.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { withUserPath } from '../postgres/user-path.ts'
import type { ColumnFacts } from '../search/typesense/suggest-field.ts'

/** What rows have from which documents are to be made. */
export interface SurveyedRows {
  /** What stands behind FROM, without an alias. */
  readonly from: string
  readonly columns: readonly ColumnFacts[]
  /** The one column of the primary key; undefined if there is none, or for a query. */
  readonly key: string | undefined
  readonly foreignKeys: readonly ForeignKey[]
}

/** A column that refers to one row of another table. */
export interface ForeignKey {
  readonly column: string
  readonly table: TableName
  readonly referenced: string
}

/** Looks at a table: its columns, their statistics, and what they refer to. */
export async function surveyTable(session: Session, table: TableName): Promise<SurveyedRows | undefined> {
  const columns = await session.query<{
    name: string
    type: number
    modifier: number
    isNullable: boolean
    distinct: number | null
  }>(
    `SELECT a.attname::text AS name, a.atttypid AS type, a.atttypmod AS modifier, NOT a.attnotnull AS "isNullable",
       (SELECT CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * greatest(c.reltuples, 0) ELSE nullif(s.n_distinct, 0) END
        FROM pg_stats AS s WHERE s.schemaname = $2 AND s.tablename = $3 AND s.attname = a.attname ORDER BY s.inherited DESC LIMIT 1)::float8 AS distinct
     FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
     WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [relation(table), table.schema, table.name],
  )
  if (columns.length === 0) return undefined
  const from = displayName(table)
  const [key] = await session.query<{ name: string }>(KEY_SQL, [relation(table)])
  const foreignKeys = await session.query<{
    column: string
    schema: string
    name: string
    referenced: string
  }>(FOREIGN_KEYS_SQL, [relation(table)])
  return {
    from,
    columns: await readTypes(session, from, columns),
    key: key?.name,
    foreignKeys: foreignKeys.map(({ column, referenced, ...name }) => ({ column, referenced, table: name })),
  }
}

/** Looks at a query. Nothing says which of its columns can be null. */
export async function surveyQuery(session: Session, sql: string): Promise<SurveyedRows> {
  const columns = await describeQuery(session, sql)
  const from = `(${sql}\n)`
  const facts = columns.map(({ name, typeOid, typeModifier }) => {
    return { name, type: typeOid, modifier: typeModifier, isNullable: name !== 'id', distinct: null }
  })
  return { from, columns: await readTypes(session, from, facts), key: undefined, foreignKeys: [] }
}

const KEY_SQL = `
SELECT a.attname::text AS name FROM pg_index AS x JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
WHERE x.indrelid = to_regclass($1) AND x.indisprimary AND x.indnkeyatts = 1`

const FOREIGN_KEYS_SQL = `
SELECT a.attname::text AS column, n.nspname::text AS schema, c.relname::text AS name, r.attname::text AS referenced
FROM pg_constraint AS k JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
  JOIN pg_class AS c ON c.oid = k.confrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_attribute AS r ON r.attrelid = k.confrelid AND r.attnum = k.confkey[1]
WHERE k.contype = 'f' AND k.conrelid = to_regclass($1) AND cardinality(k.conkey) = 1 AND k.conparentid = 0 ORDER BY a.attnum`

interface RawColumn {
  readonly name: string
  readonly type: number
  readonly modifier: number
  readonly isNullable: boolean
  readonly distinct: number | null
}

async function readTypes(
  session: Session,
  from: string,
  columns: readonly RawColumn[],
): Promise<ColumnFacts[]> {
  const types = await session.query<{ type: string; isEnum: boolean; typeSchema: string }>(TYPES_SQL, [
    columns.map(({ type }) => type),
    columns.map(({ modifier }) => modifier),
  ])
  const facts: ColumnFacts[] = []
  for (const [index, { name, isNullable, distinct }] of columns.entries()) {
    const found = types[index]
    if (found === undefined) throw new Error('Every column has a type')
    const json = /^jsonb?$/.test(found.type) ? await readJsonKind(session, from, name) : undefined
    facts.push({ ...found, name, isNullable, distinct: distinct ?? undefined, json })
  }
  return facts
}

/** Of a domain, the type that it is made from. */
const TYPES_SQL = `
SELECT format_type(b.oid, b.modifier) AS type, t.typtype = 'e' AS "isEnum", n.nspname::text AS "typeSchema"
FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS c (type, modifier, at)
  CROSS JOIN LATERAL (
    WITH RECURSIVE base AS (
      SELECT t.oid, c.modifier, t.typbasetype, t.typtypmod FROM pg_type AS t WHERE t.oid = c.type
      UNION ALL
      SELECT t.oid, base.typtypmod, t.typbasetype, t.typtypmod FROM base JOIN pg_type AS t ON t.oid = base.typbasetype
    )
    SELECT oid, modifier FROM base WHERE typbasetype = 0
  ) AS b
  JOIN pg_type AS t ON t.oid = b.oid JOIN pg_namespace AS n ON n.oid = t.typnamespace
ORDER BY c.at`

/** What the values are: no value leaves the server. */
async function readJsonKind(session: Session, from: string, name: string): Promise<string | undefined> {
  const column = `(t.${displayIdentifier(name)})::jsonb`
  const rows = await withUserPath(session, 'reading', () =>
    session.query<{ kind: string }>(
      `SELECT DISTINCT CASE WHEN pg_catalog.jsonb_typeof(v) = 'array' AND pg_catalog.jsonb_typeof(v -> 0) IS DISTINCT FROM 'object' THEN 'values'
         WHEN pg_catalog.jsonb_typeof(v) = 'array' THEN 'objects' ELSE pg_catalog.jsonb_typeof(v) END AS kind
       FROM (SELECT ${column} AS v FROM ${from} AS t WHERE t.${displayIdentifier(name)} IS NOT NULL LIMIT 1000) AS s`,
    ),
  )
  return rows.length > 1 ? 'mixed' : rows[0]?.kind
}
