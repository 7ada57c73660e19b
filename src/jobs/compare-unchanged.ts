import { inParallel } from '../transfer/in-parallel.ts'
import { keysNotInSql } from '../transfer/merge/row-sql.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import { BucketSums, SUM_SETTINGS } from '../transfer/verify/bucket-sums.ts'
import { keySumsSql } from '../transfer/verify/row-hashes.ts'
import type { Incremental, LandedTables } from './find-vanished.ts'

/** The rows of a table that have not changed, on both sides. */
export interface UnchangedRows {
  /** In the source. */
  readonly sourceRows: number
  /** The buckets in which their keys differ. */
  readonly buckets: readonly number[]
}

/** Compares the keys of the rows that have not changed: in the source, and in the target those that did not land. In the order of the tables. */
export async function compareUnchanged<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  tables: readonly Incremental<P>[],
  isTotal: boolean,
): Promise<UnchangedRows[]> {
  const requests = tables.map(({ request }) => request)
  const [there, here] = await Promise.all([
    changes.sumUnchanged(requests, isTotal),
    sumTarget(run, tables, isTotal),
  ])
  return there.map((sum, index) => ({ sourceRows: sum.rows, buckets: bucketsOf(sum, here[index]) }))
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
    async (session) => void (await session.execute(SUM_SETTINGS)),
    async (session, { table: { pair, key, names, request }, sum }) => {
      const keys = keysNotInSql(pair.target, key, names.landing)
      await sum?.add(session, keySumsSql(keys, request.hashing, isTotal))
    },
  )
  return sums
}

function bucketsOf(there: BucketSums, here: BucketSums | undefined): number[] {
  return here === undefined ? [] : there.differences(here).map(({ bucket }) => bucket)
}
