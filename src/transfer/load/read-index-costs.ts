import type { Session } from '../../postgres/session.ts'

/**
 * The cost of building the indexes of tables: for each row, the bytes of rows that could be copied in the same time, by the object id of
 * the relation. The access method has the largest influence on the time of a load.
 */
export async function readIndexCosts(
  session: Session,
  relationOids: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const rows = await session.query<{ oid: number; method: string; n: number }>(
    `SELECT i.indrelid AS oid, m.amname AS method, count(*)::int AS n
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
     WHERE i.indrelid = ANY ($1::oid[]) GROUP BY 1, 2`,
    [relationOids],
  )
  const costs = new Map<number, number>()
  for (const { oid, method, n } of rows)
    costs.set(oid, (costs.get(oid) ?? 0) + n * (BYTES_PER_ROW[method] ?? OTHER_BYTES_PER_ROW))
  return costs
}

/** Estimates for a server on which a session copies about 100 MB of rows per second. Only the proportions matter. */
const BYTES_PER_ROW: Readonly<Record<string, number>> = {
  btree: 80,
  hash: 80,
  brin: 5,
  gin: 1500,
  gist: 1000,
}
const OTHER_BYTES_PER_ROW = 500
