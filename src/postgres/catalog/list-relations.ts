import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../session.ts'
import {
  HISTORY_COLUMNS,
  HISTORY_NAMES,
  HISTORY_PATTERN,
  type MigrationHistory,
  recogniseHistory,
} from './migration-histories.ts'
import { platformOf } from './platforms.ts'

/** A relation that a profile could name, before its details are read. */
export interface ListedRelation {
  readonly oid: number
  readonly name: TableName
  readonly kind: RelationKind
  /** What it is if a tool keeps its history of migrations there. */
  readonly history?: MigrationHistory | undefined
  /** The host or the extension that it belongs to, if it is not the customer's. */
  readonly platform?: string | undefined
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

/** The names of all indexes of some schemas, as text: most databases have more indexes than tables, and only what explains a mistake looks at them. */
export type IndexNames = readonly { readonly schema: string; readonly names: string }[]

/** Lists the indexes outside system schemas and mbsync's own schemas. */
export async function listIndexNames(session: Session): Promise<IndexNames> {
  return session.query<{ schema: string; names: string }>(LIST_INDEXES_SQL, [OWN_SCHEMAS])
}

/** Relations, and the indexes beside them. */
export function withIndexes<R extends Pick<ListedRelation, 'name' | 'kind'>>(
  relations: readonly R[],
  indexes: IndexNames = [],
): readonly (R | Pick<ListedRelation, 'name' | 'kind'>)[] {
  const named = indexes.flatMap(({ schema, names }) =>
    (JSON.parse(names) as string[]).map((name) => ({ name: { schema, name }, kind: 'index' as const })),
  )
  return [...relations, ...named]
}

const LIST_INDEXES_SQL = `
SELECT n.nspname AS schema, json_agg(c.relname)::text AS names
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('i', 'I') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[])
GROUP BY n.nspname`

/**
 * Lists every relation outside system schemas and mbsync's own schemas, except indexes. Temporary relations are left out.
 */
export async function listRelations(session: Session): Promise<ListedRelation[]> {
  const asked = [OWN_SCHEMAS, HISTORY_PATTERN, HISTORY_COLUMNS, HISTORY_NAMES]
  return session.queryEach(LIST_RELATIONS_SQL, asked, toRelation)
}

function toRelation(row: RelationRow): ListedRelation {
  const { oid, kind, schema, name: own, columns, owner, isOwnerSuperuser, schemaOwner } = row
  const name = { schema, name: own }
  const history = columns === null ? undefined : recogniseHistory(name, columns)
  const platform = platformOf({
    schema,
    owner,
    isOwnerSuperuser,
    schemaOwner,
    schemaExtension: row.schemaExtension ?? undefined,
    extensions: row.extensions ?? [],
  })
  // Most of thousands of relations have neither.
  return history === undefined && platform === undefined
    ? { oid, kind, name }
    : { oid, kind, name, history, platform }
}

interface RelationRow extends Record<string, unknown> {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: RelationKind
  readonly owner: string
  readonly isOwnerSuperuser: boolean
  readonly schemaOwner: string
  readonly schemaExtension: string | null
  readonly extensions: readonly string[] | null
  /** Of a table that may be a history of migrations by its name or one of its columns. */
  readonly columns: readonly string[] | null
}

const LIST_RELATIONS_SQL = `
WITH schemas AS MATERIALIZED (
  SELECT n.oid AS oid, n.nspname AS name, pg_get_userbyid(n.nspowner) AS owner, (
    SELECT min(e.extname::text) FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e'
  ) AS extension, (
    SELECT json_agg(e.extname) FROM pg_extension e WHERE e.extnamespace = n.oid
  ) AS extensions
  FROM pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[])
)
SELECT c.oid AS oid, n.name AS schema, c.relname AS name,
  CASE WHEN EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
  ) THEN 'object of an extension' WHEN c.relkind = 'S' THEN 'sequence' WHEN c.relkind = 'f' THEN 'foreign' WHEN c.relispartition THEN 'partition'
       WHEN c.relkind = 'p' THEN 'partitioned' WHEN c.relkind = 'v' THEN 'view' WHEN c.relkind = 'm' THEN 'materialized view'
       WHEN c.relkind = 'c' THEN 'composite type' ELSE 'table' END AS kind,
  pg_get_userbyid(c.relowner) AS owner, coalesce(o.rolsuper, false) AS "isOwnerSuperuser", n.owner AS "schemaOwner",
  n.extension AS "schemaExtension", n.extensions AS extensions,
  CASE WHEN c.relkind = 'r' AND (lower(c.relname) = ANY ($4::text[]) OR lower(c.relname) ~ $2 OR EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = ANY ($3::name[]) AND NOT a.attisdropped
  )) THEN (
    SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  ) END AS columns
FROM pg_class c
JOIN schemas n ON n.oid = c.relnamespace
LEFT JOIN pg_roles o ON o.oid = c.relowner
WHERE c.relkind IN ('r', 'p', 'f', 'S', 'v', 'm', 'c')
  AND c.relpersistence <> 't'
ORDER BY n.name COLLATE "C", c.relname COLLATE "C"`
