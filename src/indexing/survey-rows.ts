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
  /** The columns of the primary key; none if there is none, or for a query. */
  readonly key: readonly KeyColumn[]
  readonly foreignKeys: readonly ForeignKey[]
}

/** A column of a primary key. */
export interface KeyColumn {
  readonly name: string
  /** Whether it has values of its own: each is in one row, whatever other columns the key has. */
  readonly isOwn: boolean
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
  const key = await session.query<KeyColumn & Record<string, unknown>>(KEY_SQL, [relation(table)])
  const foreignKeys = await session.query<{
    column: string
    schema: string
    name: string
    referenced: string
  }>(FOREIGN_KEYS_SQL, [relation(table)])
  return {
    from,
    columns: await readTypes(session, from, columns),
    key,
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
  return { from, columns: await readTypes(session, from, facts), key: [], foreignKeys: [] }
}

/** The key of a partitioned table has the columns that it is partitioned by, beside one that a sequence fills, or that is a uuid. */
const KEY_SQL = `
SELECT a.attname::text AS name, a.atttypid = 'uuid'::regtype OR a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false) AS "isOwn"
FROM pg_index AS x CROSS JOIN LATERAL unnest((x.indkey::int2[])[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k (number, at)
  JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.number
  LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE x.indrelid = to_regclass($1) AND x.indisprimary ORDER BY k.at`

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

/** Of a domain, the type that it is made from, in SQL. */
function baseSql(type: string, modifier: string): string {
  return `(
    WITH RECURSIVE base AS (
      SELECT own.oid, ${modifier} AS modifier, own.typbasetype, own.typtypmod FROM pg_type AS own WHERE own.oid = ${type}
      UNION ALL
      SELECT own.oid, base.typtypmod, own.typbasetype, own.typtypmod FROM base JOIN pg_type AS own ON own.oid = base.typbasetype
    )
    SELECT oid, modifier FROM base WHERE typbasetype = 0
  )`
}

/** Of arrays, what their elements are is what counts. */
const TYPES_SQL = `
SELECT CASE WHEN e.oid IS NULL OR e.oid = t.typelem THEN format_type(b.oid, b.modifier) ELSE format_type(e.oid, e.modifier) || '[]' END AS type,
  'e' IN (t.typtype, et.typtype) AS "isEnum", n.nspname::text AS "typeSchema"
FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS c (type, modifier, at)
  CROSS JOIN LATERAL ${baseSql('c.type', 'c.modifier')} AS b
  JOIN pg_type AS t ON t.oid = b.oid JOIN pg_namespace AS n ON n.oid = t.typnamespace
  LEFT JOIN LATERAL ${baseSql('t.typelem', '-1')} AS e ON t.typcategory = 'A' LEFT JOIN pg_type AS et ON et.oid = e.oid
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
