import { sum } from '../../core/sum.ts'
import { columnList, relation } from '../../postgres/identifiers.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import type { Session } from '../../postgres/session.ts'
import { tableSql } from '../../transfer/merge/row-sql.ts'
import type { LiveChanges } from '../../transfer/source/live-changes.ts'
import { type IncrementalTable, type LandedChanges, landedRowsOf } from '../landed-changes.ts'
import { cutIntoRanges } from './cut-key-ranges.ts'
import { type IncompleteTable, isNewSql } from './find-incomplete.ts'
import {
  countInRangesSql,
  countOf,
  haveSameOrder,
  type InRange,
  type KeyRanges,
  type RangeCounts,
  readCounts,
  selectRanges,
  stretchesOf,
} from './key-ranges.ts'

/** A table with the key ranges in which rows were deleted. */
export interface KeyScope {
  readonly table: IncrementalTable
  /** Undefined for all keys. */
  readonly ranges: KeyRanges | undefined
}

/** If a table has fewer rows, copying all keys takes less time than counting them. */
const LEAST_ROWS = 50_000

/**
 * Leaves out the key ranges in which both sides have the same number of rows. This needs an index on the key, in an order that both sides
 * share.
 */
export async function narrowToRanges(
  run: LandedChanges,
  changes: LiveChanges,
  incomplete: readonly IncompleteTable[],
): Promise<readonly KeyScope[]> {
  const narrowed = new Map<IncrementalTable, KeyRanges | undefined>()
  await inParallel(
    run.target,
    run.jobs,
    incomplete.filter(isWorthIt),
    async (session, { table, missing }) => {
      const { pair, keyColumns, since } = table
      narrowed.set(
        table,
        await cutIntoRanges(session, pair.target, keyColumns, since.rowsAfter, missing ?? 0),
      )
      if (landedRowsOf(run, table) > 0) await prepareForLookup(session, table)
    },
  )
  for (const { table, missing } of incomplete) {
    const ranges = narrowed.get(table)
    if (ranges !== undefined) narrowed.set(table, await differingRanges(run, changes, table, ranges, missing))
  }
  return incomplete.map(({ table }) => ({ table, ranges: narrowed.get(table) }))
}

function isWorthIt({ table: { pair, keyColumns, since }, missing }: IncompleteTable): boolean {
  return (
    missing !== undefined &&
    since.rowsAfter >= LEAST_ROWS &&
    haveSameOrder(pair.source.columns, keyColumns) &&
    // Masked keys have another order, and no index of the source leads to them.
    !keyColumns.some(({ name }) => pair.source.masked?.has(name)) &&
    keyColumns.every(({ name }, index) => pair.source.keyColumns?.[index] === name)
  )
}

/** So that the planner finds landed rows by their keys. */
async function prepareForLookup(session: Session, { names, keyColumns }: IncrementalTable): Promise<void> {
  const landing = relation(names.landing)
  await session.defineFrom(`CREATE INDEX ON ${landing} (${columnList(keyColumns.map(({ name }) => name))})`)
  await session.execute(`ANALYZE ${landing}`)
}

/**
 * Undefined if the counts do not explain how many rows are missing. A row whose key ends one range and begins the next is counted in both.
 */
async function differingRanges(
  run: LandedChanges,
  changes: LiveChanges,
  table: IncrementalTable,
  ranges: KeyRanges,
  missing: number | undefined,
): Promise<KeyRanges | undefined> {
  const [there, here] = await Promise.all([
    countInSource(run, changes, table, ranges),
    countInTarget(run, table, ranges),
  ])
  const lacking = here.map((count, index) => count - (there[index] ?? 0))
  const isExplained = lacking.every((count) => count >= 0) && sum(lacking) >= (missing ?? 0)
  return isExplained ? selectRanges(ranges, (index) => lacking[index] !== 0) : undefined
}

async function countInSource(
  { jobs }: LandedChanges,
  changes: LiveChanges,
  { pair }: IncrementalTable,
  ranges: KeyRanges,
): Promise<number[]> {
  const stretches = stretchesOf(ranges, 2 * jobs)
  const counted = await changes.query<RangeCounts>(
    pair.source.name,
    stretches.map(
      (stretch) => (rows) =>
        countInRangesSql(
          stretch,
          (isInRange) => `(SELECT count(*) FROM ${rows} AS t WHERE ${isInRange('t')})`,
        ),
    ),
  )
  return counted.flatMap((ofPartitions, index) => addCounts(stretches[index], ofPartitions.map(readCounts)))
}

/** Counts the rows that the target will have if none is deleted. */
async function countInTarget(
  run: LandedChanges,
  table: IncrementalTable,
  ranges: KeyRanges,
): Promise<number[]> {
  const { pair, names } = table
  const landed = (isInRange: InRange) =>
    landedRowsOf(run, table) === 0
      ? ''
      : ` + (SELECT count(*) FROM ${relation(names.landing)} AS l WHERE ${isInRange('l')} AND ${isNewSql(table)})`
  const stretches = stretchesOf(ranges, run.jobs)
  const counts = stretches.map((): number[] => [])
  await inParallel(run.target, run.jobs, [...stretches.entries()], async (session, [index, stretch]) => {
    const counted = await session.queryOne<RangeCounts>(
      countInRangesSql(
        stretch,
        (isInRange) =>
          `(SELECT count(*) FROM ${tableSql(pair.target)} AS t WHERE ${isInRange('t')})${landed(isInRange)}`,
      ),
    )
    counts[index] = readCounts(counted)
  })
  return counts.flat()
}

function addCounts(ranges: KeyRanges | undefined, counts: readonly (readonly number[])[]): number[] {
  const count = ranges === undefined ? 0 : countOf(ranges)
  return Array.from({ length: count }, (_, index) => sum(counts.map((own) => own[index] ?? 0)))
}
