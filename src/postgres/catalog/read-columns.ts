import type { Session } from '../session.ts'
import type { Column } from './table.ts'

/** Reads the columns of each relation in their physical order. */
export async function readColumns(session: Session, oids: readonly number[]): Promise<Map<number, Column[]>> {
  const rows = await session.query<ColumnRow>(COLUMNS_SQL, [oids])
  const columns = new Map<number, Column[]>()
  for (const { relid, expression, ...column } of rows) {
    const list = columns.get(relid) ?? []
    list.push({ ...column, expression: expression ?? undefined })
    columns.set(relid, list)
  }
  return columns
}

type ColumnRow = Omit<Column, 'expression'> & {
  readonly relid: number
  readonly expression: string | null
} & Record<string, unknown>

/** A domain's modifier sits in pg_type, so following domains must carry it along. */
const COLUMNS_SQL = `
WITH RECURSIVE base (relid, attnum, type, modifier, depth) AS (
  SELECT a.attrelid, a.attnum, a.atttypid, a.atttypmod, 0
  FROM pg_attribute a
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT b.relid, b.attnum, t.typbasetype, t.typtypmod, b.depth + 1
  FROM base b
  JOIN pg_type t ON t.oid = b.type AND t.typtype = 'd'
), stored AS (
  SELECT DISTINCT ON (relid, attnum) relid, attnum, type, modifier
  FROM base
  ORDER BY relid, attnum, depth DESC
), nullness AS (
  SELECT b.relid, b.attnum, bool_or(t.typnotnull) AS refused
  FROM base b
  JOIN pg_type t ON t.oid = b.type
  GROUP BY b.relid, b.attnum
)
SELECT a.attrelid AS relid, a.attnum AS number, a.attname AS name,
  format_type(a.atttypid, a.atttypmod) AS type,
  format_type(s.type, s.modifier) AS "baseType",
  a.attnotnull OR x.refused AS "isNotNull",
  a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL AS "hasDefault",
  CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' ELSE 'no' END AS generated,
  CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS expression,
  CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' ELSE 'no' END AS identity
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
JOIN stored s ON s.relid = a.attrelid AND s.attnum = a.attnum
JOIN nullness x ON x.relid = a.attrelid AND x.attnum = a.attnum
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`
