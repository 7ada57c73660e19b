import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'

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
