import type { Session } from '../session.ts'
import type { Column } from './table.ts'

/** Reads the columns of each relation in their physical order. Relations with the same columns share them. */
export async function readColumns(
  session: Session,
  oids: readonly number[],
): Promise<Map<number, readonly Column[]>> {
  const rows = await session.query<{ relid: number; columns: readonly Column[] }>(
    columnsSql(session.serverVersion),
    [oids],
  )
  return new Map(rows.map(({ relid, columns }) => [relid, columns]))
}

/** Since PostgreSQL 18, NOT NULL can be NOT VALID: rows from before it may have NULLs. */
const FIRST_VERSION_WITH_NOT_VALID = 180_000

/** Whether no row has a NULL in column `a`, but for what its domain refuses. */
export function refusesNullSql(serverVersion: number): string {
  if (serverVersion < FIRST_VERSION_WITH_NOT_VALID) return 'a.attnotnull'
  return `(a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint nn
    WHERE nn.conrelid = a.attrelid AND nn.contype = 'n' AND NOT nn.convalidated AND nn.conkey = ARRAY[a.attnum]))`
}

const FIRST_VERSION_WITH_COMPRESSION = 140_000

/**
 * Domains are resolved once each, not once a column. A domain's modifier sits in its pg_type row, so the innermost domain has that of the
 * base type.
 */
function columnsSql(serverVersion: number): string {
  const compression =
    serverVersion < FIRST_VERSION_WITH_COMPRESSION
      ? 'NULL'
      : `CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END`
  return `
WITH RECURSIVE chain (domain, type, modifier, refused) AS (
  SELECT oid, typbasetype, typtypmod, typnotnull FROM pg_type WHERE typtype = 'd'
  UNION ALL
  SELECT c.domain, t.typbasetype, t.typtypmod, c.refused OR t.typnotnull
  FROM chain c
  JOIN pg_type t ON t.oid = c.type AND t.typtype = 'd'
), resolved AS MATERIALIZED (
  SELECT c.domain, c.type, c.modifier, c.refused
  FROM chain c
  JOIN pg_type t ON t.oid = c.type AND t.typtype <> 'd'
)
SELECT a.attrelid AS relid, json_strip_nulls(json_agg(json_build_object('number', a.attnum, 'name', a.attname,
  'type', format_type(a.atttypid, a.atttypmod),
  'baseType', format_type(coalesce(r.type, a.atttypid), coalesce(r.modifier, a.atttypmod)),
  'isNotNull', ${refusesNullSql(serverVersion)} OR coalesce(r.refused, false),
  'hasDefault', a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
  'generated', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' ELSE 'no' END,
  'expression', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
  'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' ELSE 'no' END,
  'compression', ${compression}) ORDER BY a.attnum)) AS columns
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN resolved r ON r.domain = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY a.attrelid`
}
