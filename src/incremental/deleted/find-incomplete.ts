import { relation } from '../../postgres/identifiers.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import { sameKeySql, tableSql } from '../../transfer/merge/row-sql.ts'
import type { LiveChanges } from '../../transfer/source/live-changes.ts'
import { type IncrementalTable, type LandedChanges, landedRowsOf } from '../landed-changes.ts'

/** A table from which the source may have deleted rows. */
export interface IncompleteTable {
  readonly table: IncrementalTable
  /** How many rows are missing; undefined if counts cannot say (see {@link needsAllKeys}). */
  readonly missing: number | undefined
}

/**
 * Finds the tables from which the source has deleted rows. An unchanged row existed at the watermark, so the target has it. So the number
 * of deleted rows is that of the target's rows, plus the rows to insert, minus the source's rows.
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
      // If the source has more rows than expected, nothing is searched. The merge arrives at another number, and the table is read in full.
      .filter(({ missing }) => missing > 0),
    ...conditional.map((table) => ({ table, missing: undefined })),
  ]
}

/**
 * Whether counts cannot say what the source has deleted. Under a condition, rows can appear and disappear without being changed. If rows
 * stay, the target has rows that the source lacks.
 */
export function needsAllKeys({ pair }: Pick<IncrementalTable, 'pair'>, changes: LiveChanges): boolean {
  return pair.stays !== undefined || changes.hasCondition(pair.source.name)
}

/** Counts landed rows that are new to the target. */
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

/** The SQL condition that the target lacks the row `l` of a landing table or of a table of keys. */
export function isNewSql({ pair, key }: Pick<IncrementalTable, 'pair' | 'key'>): string {
  return `NOT EXISTS (SELECT FROM ${tableSql(pair.target)} AS t WHERE ${sameKeySql(key, 't', 'l')})`
}
