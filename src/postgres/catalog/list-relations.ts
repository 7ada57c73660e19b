import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../session.ts'

/** A relation that a profile could name, before its details are read. */
export interface ListedRelation {
  readonly oid: number
  readonly name: TableName
  readonly kind: 'table' | 'partitioned' | 'partition' | 'foreign' | 'sequence'
}

/** Schemas that are mbsync's own and never part of a sync. */
export const OWN_SCHEMAS = ['mbsync', 'mbsync_landing', 'mbsync_undo'] as const

/**
 * Lists every table, partition, foreign table and sequence outside system schemas, extensions and mbsync's own
 * schemas. Temporary relations are left out.
 */
export async function listRelations(session: Session): Promise<ListedRelation[]> {
  const rows = await session.query<{
    oid: number
    schema: string
    name: string
    kind: ListedRelation['kind']
  }>(LIST_RELATIONS_SQL, [OWN_SCHEMAS])
  return rows.map(({ oid, schema, name, kind }) => ({ oid, kind, name: { schema, name } }))
}

const LIST_RELATIONS_SQL = `
SELECT c.oid AS oid, n.nspname AS schema, c.relname AS name,
  CASE WHEN c.relkind = 'S' THEN 'sequence' WHEN c.relkind = 'f' THEN 'foreign' WHEN c.relispartition THEN 'partition'
       WHEN c.relkind = 'p' THEN 'partitioned' ELSE 'table' END AS kind
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'S')
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_'
  AND n.nspname <> 'information_schema'
  AND n.nspname <> ALL ($1::text[])
  AND NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
  )
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`
