import { relation } from '../postgres/identifiers.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import { sameKeySql, tableSql } from '../transfer/merge/row-sql.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import { compareUnchanged } from './compare-unchanged.ts'
import type { Incremental, LandedTables } from './find-vanished.ts'

/** A table that was counted on both sides. */
export interface CountedTable<P extends Part> {
  readonly table: Incremental<P>
  /** Rows that have gone from the source; `unknown` where keys came and went without any row being written. */
  readonly lost: number | 'unknown'
}

/**
 * Counts the rows that have gone from the source. An unchanged row was there at the watermark, so it is in the target;
 * what the target has beyond the rows of the source, less those to insert, has gone. Under a condition that looks at more than the row,
 * unchanged rows come and go as well: there the keys are summed up.
 */
export async function countUnchanged<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  tables: readonly Incremental<P>[],
): Promise<CountedTable<P>[]> {
  const isConditional = ({ pair }: Incremental<P>) => changes.hasCondition(pair.source.name)
  const plain = tables.filter((table) => !isConditional(table))
  const inserts = await countInserts(run, plain)
  const conditional = tables.filter(isConditional)
  const unchanged = await compareUnchanged(run, changes, conditional, true)
  return [
    ...plain.map((table, index) => {
      return { table, lost: table.since.rowsAfter + (inserts[index] ?? 0) - table.sourceRows }
    }),
    ...conditional.map((table, index): CountedTable<P> => {
      return { table, lost: unchanged[index]?.length === 0 ? 0 : 'unknown' }
    }),
  ]
}

/** Landed rows that the target does not have yet. */
async function countInserts<P extends Part>(
  { target, rules }: LandedTables<P>,
  tables: readonly Incremental<P>[],
): Promise<number[]> {
  const counts = tables.map(() => 0)
  const items = tables.map((table, index) => ({ table, index })).filter(({ table }) => table.landedRows > 0)
  await inParallel(target, rules.jobs, items, async (session, { table: { pair, key, names }, index }) => {
    const { n } = await session.queryOne<{ n: number }>(
      `SELECT count(*)::float8 AS n FROM ${relation(names.landing)} AS l
         WHERE NOT EXISTS (SELECT FROM ${tableSql(pair.target)} AS t WHERE ${sameKeySql(key, 't', 'l')})`,
    )
    counts[index] = n
  })
  return counts
}
