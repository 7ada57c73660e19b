import { inParallel } from '../transfer/in-parallel.ts'
import { keysNotInSql } from '../transfer/merge/row-sql.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import { BucketSums, SUM_SETTINGS } from '../transfer/verify/bucket-sums.ts'
import { keySumsSql } from '../transfer/verify/row-hashes.ts'
import type { Incremental, LandedTables } from './incremental-tables.ts'

/** Compares the keys of the rows that have not changed: in the source, and in the target those that did not land. Tells the buckets in which they differ, in the order of the tables. */
export async function compareUnchanged<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  tables: readonly Incremental<P>[],
  isTotal: boolean,
): Promise<number[][]> {
  const requests = tables.map(({ request }) => request)
  const [there, here] = await Promise.all([
    changes.sumUnchanged(requests, isTotal),
    sumTarget(run, tables, isTotal),
  ])
  return there.map((sum, index) => bucketsOf(sum, here[index]))
}

async function sumTarget<P extends Part>(
  { target, rules }: LandedTables<P>,
  tables: readonly Incremental<P>[],
  isTotal: boolean,
): Promise<BucketSums[]> {
  const sums = tables.map(() => new BucketSums())
  const items = tables.map((table, index) => ({ table, sum: sums[index] }))
  await inParallel(
    target,
    rules.jobs,
    items,
    async (session, { table: { pair, key, names, hashing }, sum }) => {
      const keys = keysNotInSql(pair.target, key, names.landing)
      await session.transaction('BEGIN READ ONLY', async () => {
        await session.execute(SUM_SETTINGS)
        await sum?.add(session, keySumsSql(keys, hashing, isTotal))
      })
    },
  )
  return sums
}

function bucketsOf(there: BucketSums, here: BucketSums | undefined): number[] {
  return here === undefined ? [] : there.differences(here).map(({ bucket }) => bucket)
}
