import { relation } from '../../postgres/identifiers.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import { sameKeySql, tableSql } from '../../transfer/merge/row-sql.ts'
import type { LiveChanges } from '../../transfer/source/live-changes.ts'
import { type IncrementalTable, type LandedChanges, landedRowsOf } from '../landed-changes.ts'

/** A table of which the source may have deleted rows. */
export interface IncompleteTable {
  readonly table: IncrementalTable
  /** How many; undefined where counts do not say: see {@link needsAllKeys}. */
  readonly missing: number | undefined
}

/**
 * Finds the tables of which the source has deleted rows. An unchanged row was there at the watermark, so it is in the target: what
 * the target has beyond the rows of the source, less those to insert, is deleted.
 */
export async function findIncomplete(
  run: LandedChanges,
  changes: LiveChanges,
): Promise<readonly IncompleteTable[]> {
  const conditional = run.tables.filter((table) => needsAllKeys(table, changes))
  const plain = run.tables.filter((table) => !conditional.includes(table))
  const inserts = await countInserts(run, plain)
  return [
    ...plain
      .map((table) => {
        return { table, missing: table.since.rowsAfter + (inserts.get(table) ?? 0) - table.sourceRows }
      })
      // Where the source has more rows than that, none is looked for: the merge comes to another number, and the table is read in full.
      .filter(({ missing }) => missing > 0),
    ...conditional.map((table) => ({ table, missing: undefined })),
  ]
}

/**
 * Whether counts do not say what the source has deleted: under a condition rows come and go without being changed, and beside rows that stay the target
 * has others than the source.
 */
export function needsAllKeys({ pair }: Pick<IncrementalTable, 'pair'>, changes: LiveChanges): boolean {
  return pair.stays !== undefined || changes.hasCondition(pair.source.name)
}

/** Counts the landed rows that the target does not have. */
async function countInserts(
  run: LandedChanges,
  tables: readonly IncrementalTable[],
): Promise<ReadonlyMap<IncrementalTable, number>> {
  const counts = new Map<IncrementalTable, number>()
  const landed = tables.filter((table) => landedRowsOf(run, table) > 0)
  await inParallel(run.target, run.jobs, landed, async (session, table) => {
    const { n } = await session.queryOne<{ n: number }>(
      `SELECT count(*)::float8 AS n FROM ${relation(table.names.landing)} AS l WHERE ${isNewSql(table)}`,
    )
    counts.set(table, n)
  })
  return counts
}

/** Whether the target lacks a row, `l`, of a landing table or of one of keys. */
export function isNewSql({ pair, key }: Pick<IncrementalTable, 'pair' | 'key'>): string {
  return `NOT EXISTS (SELECT FROM ${tableSql(pair.target)} AS t WHERE ${sameKeySql(key, 't', 'l')})`
}
