import { nameKey } from '../core/table-name.ts'
import type { CountedRanges } from '../state/key-ranges.ts'
import { createLandingTable } from '../transfer/landing-tables.ts'
import type { Unchanged } from '../transfer/merge/merge-table.ts'
import type { Part } from '../transfer/row-source.ts'
import { countUnchanged } from './count-unchanged.ts'
import { findRegions } from './find-regions.ts'
import { type LandedTables, landedRowsOf } from './incremental-tables.ts'
import { landKeys } from './land-keys.ts'

/** What is known of incremental tables beside their changed rows, by {@link nameKey} of the table. */
export interface Vanished {
  readonly unchanged: ReadonlyMap<string, Unchanged>
  /** How many rows there will be in the ranges of keys. */
  readonly keyRanges: ReadonlyMap<string, CountedRanges>
}

/**
 * Finds what changed rows do not tell: which rows have gone. Counts say of a table whether any has; where one has, keys are counted
 * or summed up piece by piece on both sides, and only those of pieces that differ are fetched.
 * @returns what a merge needs to know of the rows that did not land, and what was counted on the way
 */
export async function findVanished<P extends Part>(run: LandedTables<P>): Promise<Vanished> {
  const { tables } = run
  const { changes } = run.source
  if (changes === undefined || tables.length === 0) return { unchanged: new Map(), keyRanges: new Map() }
  const counted = await countUnchanged(run, changes, tables)
  // Of a table that has lost rows nothing may have landed, but what has gone is told from what has landed.
  for (const { table, lost } of counted)
    if (lost !== 0 && landedRowsOf(run, table) === 0)
      await createLandingTable(run.coordinator, table.pair, table.names)
  const regions = await findRegions(run, changes, counted)
  await landKeys(run, changes, regions)
  const unchanged = new Map(
    counted.map(({ table: { pair, names, since, sourceRows } }) => {
      const pieces = regions.find(({ table }) => table.pair === pair)?.pieces
      const rows: Unchanged = {
        sourceRows,
        left: {
          mergeSnapshot: since.mergeSnapshot,
          rows: since.rowsAfter,
          fingerprint: since.rowsFingerprint,
          writeCounters: since.writeCounters ?? undefined,
        },
        vanished: pieces === undefined ? undefined : { keys: names.keys, pieces },
      }
      return [nameKey(pair.source.name), rows]
    }),
  )
  const keyRanges = new Map(
    regions.flatMap(({ table: { pair }, ranges }): [string, CountedRanges][] =>
      ranges === undefined ? [] : [[nameKey(pair.source.name), ranges]],
    ),
  )
  return { unchanged, keyRanges }
}
