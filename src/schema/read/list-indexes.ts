import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import type { StorageOption } from '../table-details.ts'
import { IS_USER_SCHEMA, type ReadContext } from './read-context.ts'
import { storageOptions } from './storage-options.ts'

/** An index of a table or materialized view, as the catalog has it. */
export interface ListedIndex {
  readonly id: string
  readonly name: TableName
  readonly tableId: string
  readonly table: TableName
  /** PostgreSQL's own text for it. */
  readonly definition: string
  readonly options: readonly StorageOption[]
  /** The constraint that creates it. */
  readonly constraintId: string | undefined
  /** The index of the partitioned table that it is attached to. */
  readonly parentId: string | undefined
  readonly parent: TableName | undefined
  /** Whether NULLs count as equal (15 and later). */
  readonly areNullsEqual: boolean
  readonly isClustered: boolean
  readonly isReplicaIdentity: boolean
  /** The statistics targets of its expressions. */
  readonly statistics: readonly { readonly position: number; readonly target: number }[]
}

/** Lists all indexes, except those that CREATE INDEX CONCURRENTLY has left unfinished, which nothing reads. */
export async function listIndexes(session: Session, { dependencies }: ReadContext): Promise<ListedIndex[]> {
  const listed = await session.queryEach(indexesSql(session.serverVersion), [], toListed)
  return listed.filter(({ tableId }) => dependencies.extensionOf(tableId) === undefined)
}

function toListed(row: IndexRow): ListedIndex {
  const { id, schema, tableId, definition, parentSchema, parentName } = row
  return {
    id,
    name: { schema, name: row.indexName },
    tableId,
    table: { schema, name: row.tableName },
    definition,
    options: storageOptions(row.options),
    constraintId: row.constraintId ?? undefined,
    parentId: row.parentId ?? undefined,
    parent:
      parentSchema === null || parentName === null ? undefined : { schema: parentSchema, name: parentName },
    areNullsEqual: row.areNullsEqual,
    isClustered: row.isClustered,
    isReplicaIdentity: row.isReplicaIdentity,
    statistics: row.statistics,
  }
}

interface IndexRow
  extends Record<string, unknown>,
    Omit<ListedIndex, 'name' | 'table' | 'options' | 'constraintId' | 'parentId' | 'parent'> {
  readonly schema: string
  readonly indexName: string
  readonly tableName: string
  readonly options: readonly string[] | null
  readonly constraintId: string | null
  readonly parentId: string | null
  readonly parentSchema: string | null
  readonly parentName: string | null
}

function indexesSql(serverVersion: number): string {
  return `
SELECT 'pg_class:' || i.oid AS id, n.nspname AS schema, i.relname AS "indexName", 'pg_class:' || c.oid AS "tableId", c.relname AS "tableName",
  pg_get_indexdef(i.oid) AS definition, i.reloptions::text[] AS options, 'pg_constraint:' || k.oid AS "constraintId",
  'pg_class:' || p.oid AS "parentId", pn.nspname AS "parentSchema", p.relname AS "parentName", x.indisclustered AS "isClustered",
  ${serverVersion >= 150000 ? 'x.indnullsnotdistinct' : 'false'} AS "areNullsEqual",
  x.indisreplident AS "isReplicaIdentity", coalesce((
    SELECT json_agg(json_build_object('position', a.attnum, 'target', a.attstattarget) ORDER BY a.attnum)
    FROM pg_attribute a WHERE a.attrelid = i.oid AND a.attstattarget >= 0
  ), '[]') AS statistics
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_inherits h ON h.inhrelid = i.oid
LEFT JOIN pg_class p ON p.oid = h.inhparent
LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND (x.indisvalid OR i.relkind = 'I') AND ${IS_USER_SCHEMA}`
}
