import { FailedError } from '../../core/errors.ts'
import { sum } from '../../core/sum.ts'
import { displayName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import type { ComparedTable, LockedMerge } from '../merge/merge-plan.ts'
import { changesAnything } from '../merge/merge-table.ts'

/** How many rows of relations the transaction has written, by object id. A relation is missing if that is not counted. */
export type WrittenRows = ReadonlyMap<number, number>

/** Reads that of the relations that hold the rows of the merge, from the transaction's own statistics. Only heaps are known to count. */
export async function readWrittenRows(session: Session, tables: LockedMerge['tables']): Promise<WrittenRows> {
  const oids = tables.flatMap(({ target }) => target.partitions.map(({ oid }) => oid))
  const rows = await session.query<{ oid: number; n: number }>(
    `SELECT c.oid::int8::float8 AS oid, (pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid) + pg_stat_get_xact_tuples_deleted(c.oid))::float8 AS n
     FROM pg_class c JOIN pg_am a ON a.oid = c.relam AND a.amname = 'heap'
     WHERE c.oid = ANY ($1::oid[]) AND current_setting('track_counts') = 'on'`,
    [oids],
  )
  return new Map(rows.map(({ oid, n }) => [oid, n]))
}

/**
 * Checks, default values, generated columns and indexes can call functions that write to other rows, and these would count as rows of the
 * source. An update may move a row to another partition, and foreign keys act in owner mode, so what is known there is which tables change.
 * @throws FailedError if the merge has written other rows than those that differ
 */
export function expectOwnWrites(
  { mode }: LockedMerge,
  compared: readonly ComparedTable[],
  before: WrittenRows,
  now: WrittenRows,
): void {
  for (const { table, counts } of compared) {
    const { isPartitioned, name, partitions } = table.target
    if (changesAnything(counts) && (mode === 'owner' || isPartitioned)) continue
    const oids = partitions.flatMap(({ oid, kind }) => (kind === 'table' ? oid : []))
    const written = sum(oids.map((oid) => (now.get(oid) ?? 0) - (before.get(oid) ?? 0)))
    const expected = counts.i + counts.u + counts.d + 2 * counts.m
    if (written === expected || !oids.every((oid) => now.has(oid))) continue
    throw new FailedError(
      `${displayName(name)}: a function of the target writes rows of it when other rows are written`,
      {
        hint: 'Nothing has changed. Checks, default values, generated columns and indexes of the tables of the run call it: remove it there, or exclude the table.',
      },
    )
  }
}
