import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../session.ts'

/** A relation that a profile could name, before its details are read. */
export interface ListedRelation {
  readonly oid: number
  readonly name: TableName
  readonly kind: RelationKind
}

/** What a relation is. All kinds share one space of names; those from `view` on are never copied. */
export type RelationKind =
  | 'table'
  | 'partitioned'
  | 'partition'
  | 'foreign'
  | 'sequence'
  | 'view'
  | 'materialized view'
  | 'index'
  | 'composite type'
  | 'object of an extension'

/** What a relation of a kind is called, with its article. */
export const KIND_NAMES: Readonly<Record<RelationKind, string>> = {
  table: 'a table',
  partitioned: 'a partitioned table',
  partition: 'a partition',
  foreign: 'a foreign table',
  sequence: 'a sequence',
  view: 'a view',
  'materialized view': 'a materialized view',
  index: 'an index',
  'composite type': 'a composite type',
  'object of an extension': 'an object of an extension',
}

const COPIED = new Set<RelationKind>(['table', 'partitioned', 'partition', 'foreign', 'sequence'])

/** Whether a relation of this kind holds something to copy, here or on another server. */
export function holdsData(kind: RelationKind): boolean {
  return COPIED.has(kind)
}

/** Schemas that are mbsync's own and never part of a sync. */
export const OWN_SCHEMAS = ['mbsync', 'mbsync_landing', 'mbsync_undo'] as const

/**
 * Lists every relation outside system schemas and mbsync's own schemas. Temporary relations are left out.
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
  CASE WHEN EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
  ) THEN 'object of an extension' WHEN c.relkind = 'S' THEN 'sequence' WHEN c.relkind = 'f' THEN 'foreign' WHEN c.relispartition THEN 'partition'
       WHEN c.relkind = 'p' THEN 'partitioned' WHEN c.relkind = 'v' THEN 'view' WHEN c.relkind = 'm' THEN 'materialized view'
       WHEN c.relkind = 'c' THEN 'composite type' WHEN c.relkind = 'r' THEN 'table' ELSE 'index' END AS kind
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'S', 'v', 'm', 'c', 'i', 'I')
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_'
  AND n.nspname <> 'information_schema'
  AND n.nspname <> ALL ($1::text[])
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`
