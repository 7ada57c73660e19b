import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../session.ts'
import type { Member } from './table.ts'

/** A member with the table that it belongs to. */
export interface MemberRow extends Member {
  readonly root: number
}

/** Reads the given relations and every partition beneath them, with sizes and privileges of the current role. */
export async function readMembers(session: Session, oids: readonly number[]): Promise<MemberRow[]> {
  const rows = await session.query<
    Omit<MemberRow, 'name'> & { schema: string; relname: string; name: TableName }
  >(MEMBERS_SQL, [oids])
  return rows.map(({ schema, relname, ...row }) => ({ ...row, name: { schema, name: relname } }))
}

const MEMBERS_SQL = `
WITH RECURSIVE tree (root, oid) AS (
  SELECT o, o FROM unnest($1::oid[]) AS o
  UNION ALL
  SELECT t.root, i.inhrelid
  FROM tree t
  JOIN pg_inherits i ON i.inhparent = t.oid
  JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
)
SELECT t.root AS root, c.oid AS oid, n.nspname AS schema, c.relname AS relname,
  CASE c.relkind WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' ELSE 'table' END AS kind,
  c.relpersistence = 'u' AS "isUnlogged",
  CASE WHEN c.relkind = 'r' THEN (pg_relation_size(c.oid) / current_setting('block_size')::int)::float8 ELSE 0 END AS pages,
  CASE WHEN c.relkind = 'r' THEN pg_table_size(c.oid)::float8 ELSE 0 END AS bytes,
  CASE WHEN c.relkind = 'r' THEN greatest(c.reltuples, 0)::float8 ELSE 0 END AS "estimatedRows",
  row_security_active(c.oid) AS "isRowSecurityActive",
  c.relforcerowsecurity AS "isRowSecurityForced",
  has_table_privilege(c.oid, 'SELECT') OR NOT EXISTS (
    SELECT FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')
  ) AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS "canSelect",
  has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')
    AS "canWrite",
  pg_has_role(c.relowner, 'USAGE') AS "isOwner",
  c.relkind = 'r' AND (c.relreplident = 'n' OR c.relreplident = 'd' AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid
  )) AND EXISTS (
    SELECT FROM pg_publication p
    WHERE (p.pubupdate OR p.pubdelete) AND (p.puballtables OR EXISTS (
      SELECT FROM pg_publication_tables pt WHERE pt.pubname = p.pubname AND pt.schemaname = n.nspname AND pt.tablename = c.relname
    ))
  ) AS "lacksReplicaIdentity"
FROM tree t
JOIN pg_class c ON c.oid = t.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY t.root, c.oid`
