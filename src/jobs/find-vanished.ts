import { nameKey } from '../core/table-name.ts'
import type { CountedRanges } from '../state/key-ranges.ts'
import { endsOf } from '../transfer/key-ranges.ts'
import { createLandingTables } from '../transfer/landing-tables.ts'
import type { Unchanged, VanishedRows } from '../transfer/merge/merge-table.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import { compareUnchanged } from './compare-unchanged.ts'
import { countRanges } from './count-ranges.ts'
import { type CountedTable, countUnchanged, type LossyCount } from './count-unchanged.ts'
import { findGoneKeys } from './find-gone-keys.ts'
import { type Incremental, type LandedTables, landedRowsOf } from './incremental-tables.ts'
import { endEarlyCounts } from './known-ranges.ts'
import { type LossyBuckets, landKeys } from './land-keys.ts'

/** What is known of incremental tables beside their changed rows, by {@link nameKey} of the table. */
export interface Vanished {
  readonly unchanged: ReadonlyMap<string, Unchanged>
  /** How many rows there will be in the ranges of keys. */
  readonly keyRanges: ReadonlyMap<string, CountedRanges>
}

/**
 * Finds what changed rows do not tell: which rows have gone. Counts say of a table whether any has. Where keys have an order that both servers share,
 * they are counted range by range, and keys are compared in those that differ; others are dealt into buckets by their hash and summed up, as are those of
 * tables in which unchanged rows come and go.
 * @returns what a merge needs to know of the rows that did not land, and what was counted on the way
 */
export async function findVanished<P extends Part>(run: LandedTables<P>): Promise<Vanished> {
  const { tables } = run
  const { changes } = run.source
  if (changes === undefined || tables.length === 0) return { unchanged: new Map(), keyRanges: new Map() }
  const counted = await countUnchanged(run, changes, tables)
  await prepareLossy(run, counted)
  const compared = await countRanges(run, changes, counted.filter(isOrderedLoss))
  const gone = await findGoneKeys(run, changes, compared)
  const hashed = counted.filter(({ table, lost }) => lost !== 0 && !gone.has(table))
  const buckets = await findBuckets(run, changes, hashed)
  await landKeys(run, changes, buckets)
  await endEarlyCounts(run.known)

  const vanishedOf = (table: Incremental<P>): VanishedRows | undefined => {
    const { keys } = table.names
    if (gone.has(table)) return { kind: 'gone', keys }
    const own = buckets.find((lossy) => lossy.table === table)
    return own && { kind: 'left', keys, hashing: table.hashing, buckets: own.buckets }
  }
  const unchanged = counted.map(({ table }): [string, Unchanged] => {
    return [nameKey(table.pair.source.name), unchangedOf(table, vanishedOf(table))]
  })
  const keyRanges = compared.map(({ table, ranges, there }): [string, CountedRanges] => {
    return [nameKey(table.pair.source.name), { ends: endsOf(ranges), counts: there }]
  })
  return { unchanged: new Map(unchanged), keyRanges: new Map(keyRanges) }
}

/** Of a table that has lost rows nothing may have landed, but its merge looks into what has landed. */
async function prepareLossy<P extends Part>(
  run: LandedTables<P>,
  counted: readonly CountedTable<P>[],
): Promise<void> {
  for (const { table, lost } of counted) if (lost === 0) run.known.get(table.pair)?.inSource.stop()
  const bare = counted.filter(({ table, lost }) => lost !== 0 && landedRowsOf(run, table) === 0)
  await createLandingTables(
    run.coordinator,
    bare.map(({ table: { pair, names } }) => ({ pair, landing: names.landing, asText: [], bytes: 0 })),
  )
}

/** The key's index must lead to a range on both sides, so its columns must come in the same order. */
function isOrderedLoss<P extends Part>(counted: CountedTable<P>): counted is LossyCount<P> {
  const { pair, keyColumns, isOrdered } = counted.table
  return (
    counted.lost !== 0 &&
    counted.lost !== 'unknown' &&
    isOrdered &&
    keyColumns.every(({ name }, index) => pair.source.keyColumns?.[index] === name)
  )
}

async function findBuckets<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  lossy: readonly CountedTable<P>[],
): Promise<LossyBuckets<P>[]> {
  const tables = lossy.map(({ table }) => table)
  const buckets = await compareUnchanged(run, changes, tables, false)
  return tables.map((table, index) => ({ table, buckets: buckets[index] ?? [] }))
}

function unchangedOf<P extends Part>(
  { since, sourceRows }: Incremental<P>,
  vanished: VanishedRows | undefined,
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
    vanished,
  }
}
