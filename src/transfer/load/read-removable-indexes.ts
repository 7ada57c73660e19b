import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'

/** An index that can be dropped and built again as it was, with the constraint that it enforces, if there is one. */
export interface RemovableIndex {
  readonly name: TableName
  readonly table: TableName
  /** `pg_get_indexdef`. */
  readonly definition: string
  readonly comment: string | null
  readonly constraint: {
    readonly name: string
    readonly kind: 'PRIMARY KEY' | 'UNIQUE'
    readonly isDeferrable: boolean
    readonly isDeferred: boolean
    readonly comment: string | null
  } | null
  /** Whether it has neither expressions nor a predicate. */
  readonly isOfColumns: boolean
  readonly isClustered: boolean
  readonly isReplicaIdentity: boolean
  /** Null for the default tablespace of the database. */
  readonly tablespace: string | null
  /** The statistics targets of its columns, if they have their own. */
  readonly statistics: readonly { readonly column: number; readonly target: number }[]
}

/**
 * Reads the indexes that a load may drop and build again. All others stay in place, which is slower but just as correct: indexes of
 * partitions, which belong to another one; those of exclusion constraints; keys in an inheritance tree, whose NOT NULL depends on them;
 * invalid indexes; and indexes that something depends on, such as a foreign key or a view, or that belong to an extension. Call it under
 * mbsync's own search path, on which the text of definitions depends.
 */
export async function readRemovableIndexes(
  session: Session,
  tableOids: readonly number[],
): Promise<RemovableIndex[]> {
  const rows = await session.query<
    Omit<RemovableIndex, 'name' | 'table'> & Record<'schema' | 'index' | 'relname', string>
  >(REMOVABLE_SQL, [tableOids])
  return rows.map(({ schema, index, relname, ...facts }) => {
    return { ...facts, name: { schema, name: index }, table: { schema, name: relname } }
  })
}

const REMOVABLE_SQL = `
SELECT n.nspname AS schema, x.relname AS index, c.relname AS relname, pg_get_indexdef(i.indexrelid) AS definition,
  obj_description(i.indexrelid, 'pg_class') AS comment,
  CASE WHEN k.oid IS NOT NULL THEN json_build_object('name', k.conname,
    'kind', CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END,
    'isDeferrable', k.condeferrable, 'isDeferred', k.condeferred, 'comment', obj_description(k.oid, 'pg_constraint')) END AS constraint,
  i.indexprs IS NULL AND i.indpred IS NULL AS "isOfColumns", i.indisclustered AS "isClustered", i.indisreplident AS "isReplicaIdentity", s.spcname AS tablespace,
  (SELECT coalesce(json_agg(json_build_object('column', a.attnum, 'target', a.attstattarget) ORDER BY a.attnum), '[]')
    FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0) AS statistics
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace
WHERE i.indrelid = ANY ($1::oid[]) AND c.relkind = 'r' AND NOT c.relispartition
  AND i.indisvalid AND i.indisready AND i.indislive
  AND (k.oid IS NULL OR k.contype <> 'x' AND to_jsonb(k) ->> 'conperiod' IS DISTINCT FROM 'true')
  AND (k.oid IS NULL OR NOT EXISTS (SELECT FROM pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent)))
  AND has_schema_privilege(n.oid, 'CREATE') AND (s.oid IS NULL OR has_tablespace_privilege(s.oid, 'CREATE'))
  AND NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indexrelid
      OR d.refclassid = 'pg_constraint'::regclass AND d.refobjid = k.oid
        AND NOT (d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid)
      OR d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.deptype IN ('e', 'x', 'P', 'S')
      OR d.classid = 'pg_constraint'::regclass AND d.objid = k.oid AND d.deptype IN ('e', 'x', 'P', 'S'))
ORDER BY c.oid, i.indisprimary DESC, x.relname`
