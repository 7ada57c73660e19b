import { columnList, relation } from '../postgres/identifiers.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import {
  countInRanges,
  cutIntoRanges,
  differingRanges,
  isOrdered,
  type KeyRanges,
  rangeRegion,
  stretchesOf,
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
  /** The same region in pieces that several sessions can share. */
  readonly pieces: readonly KeyRegion[]
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
  const inRanges = await findRanges(run, changes, ordered)
  const unchanged = await compareUnchanged(run, changes, hashed, false)
  const inBuckets = hashed.map((table, index) => {
    const region = bucketRegion(table.request.hashing, unchanged[index] ?? [])
    return { table, region, pieces: [region] }
  })
  return [...inRanges, ...inBuckets]
}

/** A table that has lost so many rows. */
interface LossyCount<P extends Part> {
  readonly table: Incremental<P>
  readonly lost: number
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
  lossy: readonly LossyCount<P>[],
): Promise<LossyTable<P>[]> {
  const cut = await cutAll(run, lossy)
  const [there, here] = await Promise.all([
    changes.countInRanges(cut.map(({ table: { request }, ranges }) => ({ parts: request.parts, ranges }))),
    countInTarget(run, cut),
  ])
  return cut.map(({ table, ranges }, index) => {
    const differing = differingRanges(ranges, there[index] ?? [], here[index] ?? [])
    const pieces = stretchesOf(differing, run.rules.jobs).map((stretch) => rangeRegion(stretch.ranges))
    return { table, region: rangeRegion(differing), pieces }
  })
}

/** A table and the ranges in which it is counted. */
interface CutTable<P extends Part> {
  readonly table: Incremental<P>
  readonly ranges: KeyRanges
}

/** Also prepares landed rows for being looked up by their key. */
async function cutAll<P extends Part>(
  { target, rules }: LandedTables<P>,
  lossy: readonly LossyCount<P>[],
): Promise<CutTable<P>[]> {
  const cut: CutTable<P>[] = []
  await inParallel(
    target,
    rules.jobs,
    lossy,
    async () => undefined,
    async (session, { table, lost }) => {
      const { pair, keyColumns, since, names, landedRows } = table
      const ranges = await cutIntoRanges(session, pair.target, keyColumns, since.rowsAfter, lost)
      cut.push({ table, ranges })
      if (landedRows === 0) return
      const landing = relation(names.landing)
      await session.execute(`CREATE INDEX ON ${landing} (${columnList(keyColumns.map(({ name }) => name))})`)
      await session.execute(`ANALYZE ${landing}`)
    },
  )
  return cut
}

/** What the target will have in each range, as long as nothing is deleted. The sessions share the ranges. */
async function countInTarget<P extends Part>(
  { target, rules }: LandedTables<P>,
  cut: readonly CutTable<P>[],
): Promise<number[][]> {
  const counts = cut.map((): number[] => [])
  const items = cut.flatMap(({ table, ranges }, index) =>
    stretchesOf(ranges, rules.jobs).map((stretch) => ({ table, stretch, index })),
  )
  await inParallel(
    target,
    rules.jobs,
    items,
    async () => undefined,
    async (session, { table, stretch, index }) => {
      const own = await countInRanges(session, stretch.ranges, futureCountSql(table))
      const all = counts[index] ?? []
      for (const [at, count] of own.entries()) all[stretch.from + at] = count
    },
  )
  return counts
}

function futureCountSql<P extends Part>({ pair, key, names, landedRows }: Incremental<P>) {
  const whole = tableSql(pair.target)
  return (condition: (alias: string) => string): string => {
    const present = `(SELECT count(*) FROM ${whole} AS t WHERE ${condition('t')})`
    if (landedRows === 0) return present
    return `${present} + (SELECT count(*) FROM ${relation(names.landing)} AS l WHERE ${condition('l')} AND NOT EXISTS (SELECT FROM ${whole} AS t WHERE ${sameKeySql(key, 't', 'l')}))`
  }
}
