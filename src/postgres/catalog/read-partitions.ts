import { isSameTable, type TableName } from '../../core/table-name.ts'
import type { Session } from '../session.ts'
import type { Partition } from './table.ts'
import { TO_BECOME_SQL } from './to-become.ts'
import { isTrustedRoleSql, type RoleTrust } from './trusted-role.ts'

/** A partition with the table that it belongs to. */
export interface PartitionRow extends Partition {
  readonly root: number
}

/**
 * Reads the given relations and every partition beneath them, with sizes and privileges of the current role. A partition that an interrupted
 * DETACH … CONCURRENTLY has left behind is none: its rows are no longer in the table.
 * Of a relation that a snapshot still shows and that was dropped meanwhile, nothing is known of privileges: it counts as readable, so that a session that
 * locks it finds out.
 * A published table needs a replica identity for UPDATE and DELETE, which the publication's column list must hold and its row filter must keep to.
 * The size of a table is that of its rows: for thousands of tables, looking at the indexes of TOAST tables and at the smaller files would take most of the time.
 * The function behind pg_publication_tables is asked, because planning the view takes longer than all the rest.
 * @param names what is known of their names: equal ones are shared
 */
export async function readPartitions(
  session: Session,
  oids: readonly number[],
  names: ReadonlyMap<number, TableName> = new Map(),
): Promise<PartitionRow[]> {
  if (oids.length === 0) return []
  const nameOf = (oid: number, name: TableName) => {
    const known = names.get(oid)
    return known !== undefined && isSameTable(known, name) ? known : name
  }
  return session.queryEach(membersSql(session), [oids], (row: MemberRow) => ({
    root: row.root,
    oid: row.oid,
    name: nameOf(row.oid, { schema: row.schema, name: row.relname }),
    kind: row.kind,
    isUnlogged: row.isUnlogged,
    pages: row.pages,
    bytes: row.bytes,
    estimatedRows: row.estimatedRows,
    fileNode: row.fileNode,
    bounds: row.bounds ?? undefined,
    columnNumbers: row.columnNumbers ?? undefined,
    children: row.children ?? NO_CHILDREN,
    isRowSecurityActive: row.isRowSecurityActive,
    isRowSecurityForced: row.isRowSecurityForced,
    canUseSchema: row.canUseSchema,
    canSelect: row.canSelect,
    canWrite: row.canWrite,
    isOwner: row.isOwner,
    owner: row.owner,
    isDormantOwner: row.isDormantOwner,
    untrustedOwners: row.untrustedOwners,
    lacksReplicaIdentity: row.lacksReplicaIdentity,
  }))
}

const NO_CHILDREN: readonly number[] = []

interface MemberRow
  extends Record<string, unknown>,
    Omit<PartitionRow, 'name' | 'bounds' | 'columnNumbers' | 'children'> {
  readonly schema: string
  readonly relname: string
  readonly bounds: string | null
  readonly columnNumbers: number[] | null
  readonly children: number[] | null
}

/** The owner of a schema can rename it and make another one of its name. That of `public` is a role whose only member is the database's owner. */
const SCHEMA_OWNER_SQL = `CASE WHEN n.nspowner = to_regrole('pg_database_owner')
    THEN (SELECT datdba FROM pg_database WHERE datname = current_database()) ELSE n.nspowner END`

function membersSql(trust: RoleTrust): string {
  return MEMBERS_SQL.replace('$isRelationTrusted$', isTrustedRoleSql('c.relowner', trust))
    .replace('$isSchemaTrusted$', isTrustedRoleSql(SCHEMA_OWNER_SQL, trust))
    .replace('$schemaOwner$', SCHEMA_OWNER_SQL)
}

const MEMBERS_SQL = `
WITH RECURSIVE tree (root, oid) AS (
  SELECT o, o FROM unnest($1::oid[]) AS o
  UNION ALL
  SELECT t.root, i.inhrelid
  FROM tree t
  JOIN pg_inherits i ON i.inhparent = t.oid
  JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
  WHERE to_jsonb(i) ->> 'inhdetachpending' IS DISTINCT FROM 'true'
)
SELECT t.root AS root, c.oid AS oid, n.nspname AS schema, c.relname AS relname,
  CASE c.relkind WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' ELSE 'table' END AS kind,
  c.relpersistence = 'u' AS "isUnlogged",
  CASE WHEN c.relkind = 'r' THEN (pg_relation_size(c.oid) / current_setting('block_size')::int)::float8 ELSE 0 END AS pages,
  CASE WHEN c.relkind = 'r' THEN (pg_relation_size(c.oid)
    + CASE WHEN c.reltoastrelid = 0 THEN 0 ELSE pg_relation_size(c.reltoastrelid) END)::float8 ELSE 0 END AS bytes,
  CASE WHEN c.relkind = 'r' THEN greatest(c.reltuples, 0)::float8 ELSE 0 END AS "estimatedRows",
  c.relfilenode AS "fileNode",
  pg_get_expr(c.relpartbound, c.oid) AS bounds,
  CASE WHEN c.relispartition THEN (
    SELECT json_agg(a.attnum ORDER BY a.attname) FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  ) END AS "columnNumbers",
  CASE WHEN c.relkind = 'r' AND c.relhassubclass THEN (
    SELECT json_agg(i.inhrelid::int8 ORDER BY i.inhrelid) FROM pg_inherits i WHERE i.inhparent = c.oid
  ) END AS children,
  row_security_active(c.oid) AS "isRowSecurityActive",
  c.relforcerowsecurity AS "isRowSecurityForced",
  coalesce(has_schema_privilege(n.oid, 'USAGE'), true) AS "canUseSchema",
  coalesce(has_table_privilege(c.oid, 'SELECT'), true) AS "canSelect",
  has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')
    AS "canWrite",
  pg_has_role(c.relowner, 'USAGE') AS "isOwner",
  pg_get_userbyid(c.relowner) AS owner,
  pg_has_role(c.relowner, ${TO_BECOME_SQL}) AND NOT pg_has_role(c.relowner, 'USAGE') AS "isDormantOwner",
  array_remove(ARRAY[CASE WHEN NOT $isRelationTrusted$ THEN pg_get_userbyid(c.relowner)::text END,
    CASE WHEN NOT $isSchemaTrusted$ THEN pg_get_userbyid($schemaOwner$)::text END], NULL) AS "untrustedOwners",
  c.relkind = 'r' AND EXISTS (
    SELECT FROM pg_publication p
    WHERE (p.pubupdate OR p.pubdelete) AND (
      identity.columns IS NULL AND (p.puballtables OR EXISTS (
        SELECT FROM pg_get_publication_tables(p.pubname::text) AS pt
        WHERE pt.relid = c.oid OR pt.relid IN (SELECT relid FROM pg_partition_ancestors(c.oid) AS a (relid))
      ))
      OR EXISTS (
        SELECT FROM pg_publication_rel pr
        CROSS JOIN LATERAL (
          SELECT array_agg(attnum::int2) AS listed
          FROM jsonb_array_elements_text(nullif(to_jsonb(pr) -> 'prattrs', 'null')) AS attnum
        ) AS l
        WHERE pr.prpubid = p.oid AND pr.prrelid = c.oid AND (
          NOT identity.columns <@ l.listed
          OR to_jsonb(pr) ->> 'prqual' IS NOT NULL AND EXISTS (
            SELECT FROM pg_depend d
            WHERE d.classid = 'pg_publication_rel'::regclass AND d.objid = pr.oid AND d.refclassid = 'pg_class'::regclass
              AND d.refobjid = c.oid AND d.refobjsubid > 0 AND d.refobjsubid <> ALL (identity.columns || coalesce(l.listed, '{}'))
          )
        )
      )
    )
  ) AS "lacksReplicaIdentity"
FROM tree t
JOIN pg_class c ON c.oid = t.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT CASE WHEN c.relreplident = 'f' THEN
      ARRAY(SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
    ELSE (SELECT i.indkey::int2[] FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid
      AND (c.relreplident = 'd' AND i.indisprimary OR c.relreplident = 'i' AND i.indisreplident))
    END AS columns
) AS identity
ORDER BY t.root, c.oid`
