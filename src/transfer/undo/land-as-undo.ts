import type { Table } from '../../postgres/catalog/table.ts'
import type { Session } from '../../postgres/session.ts'
import { copiedColumns, keptColumns } from '../inspect/columns.ts'
import type { TablePair } from '../inspect/inspection.ts'
import { landingColumns } from '../land/landing-columns.ts'
import { usableKey } from '../merge/merge-table.ts'

/** Keeping this many bytes of rows as an undo set costs less than creating a table for their keys. */
const MOST_KEPT_BYTES = 256 * 1024

/**
 * Whether rows can land directly as the undo set of an empty table: they must have all its columns unchanged, and a key by which they are
 * found again.
 */
export function mayLandAsUndo(pair: TablePair, asText: readonly string[], bytes: number): boolean {
  const isPlain = landingColumns(pair, asText).every(
    ({ name, takes, definitions }) => name === takes && definitions.length === 1,
  )
  const hasAll = keptColumns(pair).length === 0 && asText.length === 0
  return (
    bytes <= MOST_KEPT_BYTES && isPlain && hasAll && usableKey(pair.target, copiedColumns(pair)) !== undefined
  )
}

/** The tables, by object id, that have no page. Until they are locked, writers may change that. */
export async function findEmpty(session: Session, tables: readonly Table[]): Promise<ReadonlySet<number>> {
  if (tables.length === 0) return new Set()
  const partitions = tables.flatMap(({ oid, partitions: own }) =>
    own.map((partition) => ({ root: oid, oid: partition.oid })),
  )
  const rows = await session.query<{ root: number }>(
    `SELECT m.root AS root FROM unnest($1::oid[], $2::oid[]) AS m (root, oid)
     GROUP BY m.root HAVING bool_and(coalesce(pg_relation_size(m.oid), 0) = 0)`,
    [partitions.map(({ root }) => root), partitions.map(({ oid }) => oid)],
  )
  return new Set(rows.map(({ root }) => root))
}
