import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import { quoteQualified } from '../quote-name.ts'
import type { PlacedObject } from '../tablespaces.ts'
import { IS_USER_SCHEMA } from './read-context.ts'

/** Lists objects that are not in the default tablespace of the database, by name. */
export async function readTablespaces(session: Session): Promise<PlacedObject[]> {
  const rows = await session.query<PlacedRow>(PLACED_SQL)
  return rows.map(({ kind, schema, name, table, tablespace }) => ({
    identity: `${kind} ${quoteQualified({ schema, name })}`,
    of: { schema, name: table },
    tablespace,
  }))
}

interface PlacedRow extends Record<string, unknown>, TableName {
  readonly kind: string
  readonly table: string
  readonly tablespace: string
}

/** A partitioned table has no storage, but passes its tablespace on to new partitions. */
const PLACED_SQL = `
SELECT CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX' ELSE 'TABLE' END AS kind,
  n.nspname AS schema, c.relname AS name, coalesce(o.relname, c.relname) AS table, s.spcname AS tablespace
FROM pg_class c
JOIN pg_tablespace s ON s.oid = c.reltablespace
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index x ON x.indexrelid = c.oid
LEFT JOIN pg_class o ON o.oid = x.indrelid
WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND ${IS_USER_SCHEMA}
ORDER BY s.spcname COLLATE "C", 1 DESC, n.nspname COLLATE "C", c.relname COLLATE "C"`
