import { relation } from '../postgres/identifiers.ts'
import { pageCondition } from '../transfer/copy-sql.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import { cutLandingTable } from '../transfer/landing-tables.ts'
import { sameKeySql, tableSql } from '../transfer/merge/row-sql.ts'
import type { PageRange } from '../transfer/plan-parts.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import { compareUnchanged } from './compare-unchanged.ts'
import { type Incremental, type LandedTables, landedRowsOf } from './incremental-tables.ts'

/** Up to this share of the target's rows, landed ones are looked up by their key. */
const MOST_LOOKED_UP = 0.02

/** A table that was counted on both sides. */
export interface CountedTable<P extends Part> {
  readonly table: Incremental<P>
  /** Rows that have gone from the source; `unknown` where keys came and went without any row being written. */
  readonly lost: number | 'unknown'
}

/** A table of which it is known how many rows it has lost. */
export interface LossyCount<P extends Part> extends CountedTable<P> {
  readonly lost: number
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
      // Where the source has more rows than that, none is looked for: the merge comes to another number, and the table is read in full.
      return { table, lost: Math.max(table.since.rowsAfter + (inserts[index] ?? 0) - table.sourceRows, 0) }
    }),
    ...conditional.map((table, index): CountedTable<P> => {
      return { table, lost: unchanged[index]?.length === 0 ? 0 : 'unknown' }
    }),
  ]
}

/** Landed rows that the target does not have yet. */
async function countInserts<P extends Part>(
  run: LandedTables<P>,
  tables: readonly Incremental<P>[],
): Promise<number[]> {
  const { target, rules } = run
  const counts = tables.map(() => 0)
  const items = []
  for (const [index, table] of tables.entries())
    for (const pages of await piecesToCount(run, table)) items.push({ table, pages, index })
  await inParallel(target, rules.jobs, items, async (session, { table, pages, index }) => {
    const { pair, key, names } = table
    const { n } = await session.queryOne<{ n: number }>(
      `SELECT count(*)::float8 AS n FROM (SELECT * FROM ${relation(names.landing)} WHERE ${pageCondition(pages) || 'true'}) AS l
       WHERE NOT EXISTS (SELECT FROM ${tableSql(pair.target)} AS t WHERE ${sameKeySql(key, 't', 'l')})`,
    )
    counts[index] = (counts[index] ?? 0) + n
  })
  return counts
}

/** Few rows are looked up one by one, which several sessions can share; beside many, each of them would read all of the target. */
async function piecesToCount<P extends Part>(
  run: LandedTables<P>,
  table: Incremental<P>,
): Promise<(PageRange | undefined)[]> {
  const landedRows = landedRowsOf(run, table)
  if (landedRows === 0) return []
  if (landedRows > table.since.rowsAfter * MOST_LOOKED_UP) return [undefined]
  return cutLandingTable(run.coordinator, table.names.landing, run.rules.jobs)
}
