import type { CountedRanges } from '../state/key-ranges.ts'
import { differingRanges, endsOf, isOrdered, rangeRegion, stretchesOf } from '../transfer/key-ranges.ts'
import type { KeyRegion } from '../transfer/key-region.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import { bucketRegion } from '../transfer/verify/row-hashes.ts'
import { compareUnchanged } from './compare-unchanged.ts'
import { countRanges, type LossyCount } from './count-ranges.ts'
import type { CountedTable } from './count-unchanged.ts'
import type { Incremental, LandedTables } from './incremental-tables.ts'

/** A table that has lost rows, and where. */
export interface LossyTable<P extends Part> {
  readonly table: Incremental<P>
  readonly region: KeyRegion
  /** The same region in pieces that several sessions can share. */
  readonly pieces: readonly KeyRegion[]
  /** How many rows there will be in each range of its key, where they were counted. */
  readonly ranges: CountedRanges | undefined
}

/**
 * Finds where the tables have lost rows. Where keys have an order that both servers share, they are counted range by range; others are dealt
 * into buckets by their hash, as are those of tables in which unchanged rows come and go.
 */
export async function findRegions<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  counted: readonly CountedTable<P>[],
): Promise<LossyTable<P>[]> {
  const ordered: LossyCount<P>[] = []
  const hashed: Incremental<P>[] = []
  for (const { table, lost } of counted) {
    if (lost === 0) continue
    if (lost === 'unknown' || !hasSharedOrder(table)) hashed.push(table)
    else ordered.push({ table, lost })
  }
  const inRanges = (await countRanges(run, changes, ordered)).map(({ table, ranges, there, here }) => {
    const differing = differingRanges(ranges, there, here)
    const pieces = stretchesOf(differing, run.rules.jobs).map((stretch) => rangeRegion(stretch.ranges))
    return { table, region: rangeRegion(differing), pieces, ranges: { ends: endsOf(ranges), counts: there } }
  })
  const unchanged = await compareUnchanged(run, changes, hashed, false)
  const inBuckets = hashed.map((table, index) => {
    const region = bucketRegion(table.request.hashing, unchanged[index] ?? [])
    return { table, region, pieces: [region], ranges: undefined }
  })
  return [...inRanges, ...inBuckets]
}

/** The key's index must lead to a range on both sides, so its columns must come in the same order. */
function hasSharedOrder<P extends Part>({ pair, keyColumns }: Incremental<P>): boolean {
  return (
    isOrdered(keyColumns) && keyColumns.every(({ name }, index) => pair.source.keyColumns?.[index] === name)
  )
}
