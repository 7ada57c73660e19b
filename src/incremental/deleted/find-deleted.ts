import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { createLandingTables } from '../../transfer/land/landing-tables.ts'
import type { Unchanged } from '../../transfer/merge/merge-table.ts'
import { type IncrementalTable, type LandedChanges, landedRowsOf } from '../landed-changes.ts'
import { findIncomplete, needsAllKeys } from './find-incomplete.ts'
import { landArrived } from './land-arrived.ts'
import { landKeys } from './land-keys.ts'
import { listDeleted } from './list-deleted.ts'
import { narrowToRanges } from './narrow-to-ranges.ts'

/**
 * Finds rows that the source has deleted, which no changed row shows. Counts say which tables have lost rows. The keys that the source
 * still has land in a table, and rows of the target with other keys are deleted. If keys have the same order on both servers, only keys of
 * ranges with different counts land. Under a condition, these keys alone say which rows meet it: evaluated at another moment, it could give
 * another answer.
 * @returns what a merge must know about the rows that did not land
 */
export async function findDeleted(run: LandedChanges): Promise<ReadonlyTableMap<Unchanged>> {
  const { tables, source, coordinator } = run
  const { changes } = source
  if (changes === undefined || tables.length === 0) return new TableMap()
  const incomplete = await findIncomplete(run, changes)
  // The merge reads the landing table of every table that it changes.
  const bare = incomplete.filter(({ table }) => landedRowsOf(run, table) === 0)
  await createLandingTables(
    coordinator,
    bare.map(({ table: { pair, names } }) => ({ pair, landing: names.landing, asText: [], bytes: 0 })),
  )
  const scopes = await narrowToRanges(run, changes, incomplete)
  const keys = await landKeys(run, changes, scopes)
  const arrived = await landArrived(run, changes, scopes)
  const deleted = await listDeleted(run, scopes)
  const changesWithout = (table: IncrementalTable) => arrived.has(table) || deleted.has(table)
  return new TableMap(
    tables.map((table) => [
      table.pair.source.name,
      {
        ...unchangedOf(table, changesWithout(table) ? table.names.deleted : undefined),
        ...(needsAllKeys(table, changes) && { sourceRows: keys.get(table.pair.source.name)?.rows ?? 0 }),
      },
    ]),
  )
}

function unchangedOf(
  { since, sourceRows, pair, names }: IncrementalTable,
  deleted: TableName | undefined,
): Unchanged {
  return {
    sourceRows,
    left: {
      snapshot: since.mergeSnapshot,
      lookedIn: since.lookedIn,
      unlookedRuns: since.unlookedRuns,
      rows: since.rowsAfter,
      undated: since.undatedRows,
      fingerprint: since.rowsFingerprint,
      writeCounters: since.writeCounters ?? undefined,
    },
    deleted,
    keys: pair.stays === undefined ? undefined : names.keys,
  }
}
