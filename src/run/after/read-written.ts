import type { TableName } from '../../core/table-name.ts'
import { readTables } from '../../postgres/catalog/read-tables.ts'
import type { Session } from '../../postgres/session.ts'
import type { ChangedTable } from '../../transfer/merge/finish.ts'

/** Tables that scripts have written to and that still exist, by object id, and the partitioned tables that they belong to. */
export async function readWritten(session: Session, oids: readonly number[]): Promise<ChangedTable[]> {
  if (oids.length === 0) return []
  const tables = await readTables(session, [...(await withParents(session, oids)).keys()])
  return tables.map((table) => ({ table, share: 1 }))
}

/** The tables that exist, and the partitioned tables that they belong to, by object id. */
export async function withParents(
  session: Session,
  oids: readonly number[],
): Promise<ReadonlyMap<number, TableName>> {
  const rows = await session.query<{ oid: number; schema: string; name: string }>(
    `SELECT c.oid::int8::float8 AS oid, n.nspname::text AS schema, c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = ANY ($1::oid[]) OR c.oid IN (SELECT a.relid FROM unnest($1::oid[]) AS w (oid) CROSS JOIN LATERAL pg_partition_ancestors(w.oid) AS a (relid))`,
    [oids],
  )
  return new Map(rows.map(({ oid, schema, name }) => [oid, { schema, name }]))
}
