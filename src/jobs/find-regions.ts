import { columnList, relation } from '../postgres/identifiers.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import {
  countInRanges,
  cutIntoRanges,
  differingRanges,
  isOrdered,
  type KeyRange,
  rangeRegion,
} from '../transfer/key-ranges.ts'
import type { KeyRegion } from '../transfer/key-region.ts'
import { sameKeySql, tableSql } from '../transfer/merge/row-sql.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import { bucketRegion } from '../transfer/verify/row-hashes.ts'
import { compareUnchanged } from './compare-unchanged.ts'
import type { CountedTable } from './count-unchanged.ts'
import type { Incremental, LandedTables } from './find-vanished.ts'

/** A table that has lost rows, and where. */
export interface LossyTable<P extends Part> {
  readonly table: Incremental<P>
  readonly region: KeyRegion
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
  const regions: LossyTable<P>[] = []
  const hashed: Incremental<P>[] = []
  for (const { table, lost } of counted) {
    if (lost === 0) continue
    if (lost === 'unknown' || !hasSharedOrder(table)) hashed.push(table)
    else regions.push({ table, region: await findRanges(run, changes, table, lost) })
  }
  const unchanged = await compareUnchanged(run, changes, hashed, false)
  const inBuckets = hashed.map((table, index) => {
    return { table, region: bucketRegion(table.request.hashing, unchanged[index]?.buckets ?? []) }
  })
  return [...regions, ...inBuckets]
}

/** The key's index must lead to a range on both sides, so its columns must come in the same order. */
function hasSharedOrder<P extends Part>({ pair, keyColumns }: Incremental<P>): boolean {
  return (
    isOrdered(keyColumns) && keyColumns.every(({ name }, index) => pair.source.keyColumns?.[index] === name)
  )
}

async function findRanges<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  table: Incremental<P>,
  lost: number,
): Promise<KeyRegion> {
  const { pair, keyColumns, since, request } = table
  const ranges = await cutIntoRanges(run.coordinator, pair.target, keyColumns, since.rowsAfter, lost)
  const [there, here] = await Promise.all([
    changes.countInRanges(request.parts, keyColumns, ranges),
    countInTarget(run, table, ranges),
  ])
  return rangeRegion(keyColumns, differingRanges(ranges, there, here))
}

/** What the target will have in each range, as long as nothing is deleted. The sessions share the ranges. */
async function countInTarget<P extends Part>(
  { target, coordinator, rules }: LandedTables<P>,
  { pair, key, keyColumns, names, landedRows }: Incremental<P>,
  ranges: readonly KeyRange[],
): Promise<number[]> {
  const landing = relation(names.landing)
  const whole = tableSql(pair.target)
  if (landedRows > 0) {
    const columns = columnList(keyColumns.map(({ name }) => name))
    await coordinator.execute(`CREATE INDEX ON ${landing} (${columns})`)
    await coordinator.execute(`ANALYZE ${landing}`)
  }
  const countSql = (condition: (alias: string) => string) => {
    const present = `(SELECT count(*) FROM ${whole} AS t WHERE ${condition('t')})`
    const coming = `(SELECT count(*) FROM ${landing} AS l WHERE ${condition('l')} AND NOT EXISTS (SELECT FROM ${whole} AS t WHERE ${sameKeySql(key, 't', 'l')}))`
    return landedRows > 0 ? `${present} + ${coming}` : present
  }
  const counts: number[] = []
  const size = Math.ceil(ranges.length / rules.jobs)
  await inParallel(
    target,
    rules.jobs,
    Array.from({ length: rules.jobs }, (_, index) => index * size),
    async () => undefined,
    async (session, from) => {
      const own = await countInRanges(session, keyColumns, ranges.slice(from, from + size), countSql)
      for (const [index, count] of own.entries()) counts[from + index] = count
    },
  )
  return counts
}
