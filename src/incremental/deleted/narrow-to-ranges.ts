import { sum } from '../../core/sum.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import type { Session } from '../../postgres/session.ts'
import { tableSql } from '../../transfer/merge/row-sql.ts'
import type { LiveChanges } from '../../transfer/source/live-changes.ts'
import { type IncrementalTable, isNewSql, type LandedChanges, landedRowsOf } from '../landed-changes.ts'
import {
  countInRangesSql,
  countOf,
  haveSameOrder,
  type InRange,
  type KeyColumns,
  type KeyRanges,
  type RangeCounts,
  rangesBetween,
  readCounts,
  selectRanges,
  stretchesOf,
} from './key-ranges.ts'

/** A table from which the source may have deleted rows. */
export interface IncompleteTable {
  readonly table: IncrementalTable
  /** How many rows are missing; undefined if counts cannot say (see `needsAllKeys`). */
  readonly missing: number | undefined
}

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
      const { pair, keyColumns, left } = table
      narrowed.set(table, await cutIntoRanges(session, pair.target, keyColumns, left.rows, missing ?? 0))
      if (landedRowsOf(run, table) > 0) await prepareForLookup(session, table)
    },
  )
  for (const { table, missing } of incomplete) {
    const ranges = narrowed.get(table)
    if (ranges !== undefined) narrowed.set(table, await differingRanges(run, changes, table, ranges, missing))
  }
  return incomplete.map(({ table }) => ({ table, ranges: narrowed.get(table) }))
}

function isWorthIt({ table: { pair, keyColumns, left }, missing }: IncompleteTable): boolean {
  return (
    missing !== undefined &&
    left.rows >= LEAST_ROWS &&
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

const LEAST_RANGES = 16
const MOST_RANGES = 32_768
/** With this many ranges per missing row, about one range in 32 lacks a row, and about one key in 32 lands. */
const RANGES_PER_MISSING_ROW = 32
const ROWS_PER_RANGE = 64
/**
 * Line pointers of a page that may be sampled. If a table has many pages, the first is enough. If a sampled row was deleted, there is one
 * range less.
 */
const SAMPLED_ROWS = [1, 33, 65, 97, 129, 161, 193, 225]

/**
 * Cuts the keys of a table into ranges of about the same number of rows, from its first key to its last. Neighbouring ranges share an end.
 */
async function cutIntoRanges(
  session: Session,
  table: Table,
  columns: KeyColumns,
  rows: number,
  missingRows: number,
): Promise<KeyRanges> {
  const count = rangesFor(rows, missingRows, leavesOf(table).length)
  const { ends } = await session.queryOne<{ ends: (string | null)[] }>(endsSql(table, columns, count))
  return rangesBetween(
    columns,
    ends.map((joined) => joined?.split('\n') ?? []),
  )
}

/** The partitions that hold rows, or the table itself. */
function leavesOf({ partitions }: Table): Table['partitions'] {
  return partitions.filter(({ kind }) => kind === 'table')
}

/** How many ranges are worth counting. Each is looked up in every partition, which costs more than copying the keys of wider ranges. */
export function rangesFor(rows: number, missingRows: number, partitions: number): number {
  const ofPlainTable = Math.min(missingRows * RANGES_PER_MISSING_ROW, rows / ROWS_PER_RANGE, MOST_RANGES)
  const wanted = ofPlainTable / Math.sqrt(Math.max(partitions, 1))
  return Math.round(Math.max(wanted, LEAST_RANGES))
}

/**
 * The first key, the last key, and a sample of keys between them, taken by ctid from all over the table. Each column is one text, because
 * the client would take longer for many small values than the server. Columns are not cast to text by a plain cast, which could be one of a
 * user.
 */
function endsSql(table: Table, columns: KeyColumns, count: number): string {
  const names = columns.map(({ name }) => identifier(name)).join(', ')
  const texts = columns.map(({ name }) => `string_agg(concat(${identifier(name)}), E'\\n' ORDER BY mbsync_n)`)
  return `
SELECT ARRAY[${texts.join(', ')}] AS ends
FROM (SELECT *, row_number() OVER (ORDER BY ${names}) AS mbsync_n, count(*) OVER () AS mbsync_of
  FROM (${sampledKeysSql(table, columns, names, count)}) AS keys) AS numbered
WHERE mbsync_n = mbsync_of OR (mbsync_n - 1) % greatest(mbsync_of / ${count}, 1) = 0`
}

function sampledKeysSql(table: Table, columns: KeyColumns, names: string, count: number): string {
  const leaves = leavesOf(table)
  const pages = leaves.reduce((total, leaf) => total + leaf.pages, 0)
  const rows = SAMPLED_ROWS.slice(0, Math.ceil(count / Math.max(pages, 1)))
  const step = Math.max(1, Math.round((pages * rows.length) / count))
  const samples = leaves.map(
    (leaf) => `SELECT ${names} FROM ONLY ${relation(leaf.name)}
    WHERE ctid = ANY (ARRAY(SELECT format('(%s,%s)', p, r)::tid FROM generate_series(0, ${leaf.pages - 1}, ${step}) AS p, unnest('{${rows.join(',')}}'::int[]) AS r))`,
  )
  const outermost = ['ASC', 'DESC'].map((direction) => {
    const order = columns.map(({ name }) => `${identifier(name)} ${direction}`).join(', ')
    return `(SELECT ${names} FROM ${tableSql(table)} ORDER BY ${order} LIMIT 1)`
  })
  return [...samples, ...outermost].join('\n  UNION ')
}
