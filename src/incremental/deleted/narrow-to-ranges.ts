import { sum } from '../../core/sum.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import { batchesOf } from '../../postgres/in-batches.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import type { Session } from '../../postgres/session.ts'
import { tableSql } from '../../transfer/merge/row-sql.ts'
import {
  type IncrementalTable,
  isNewSql,
  type LandedChanges,
  landedRowsOf,
  needsAllKeys,
} from '../landed-changes.ts'
import { countInRangesSql, haveSameOrder, type InRange, type KeyRanges } from './key-ranges.ts'

/** A table from which the source may have deleted rows. */
export interface IncompleteTable {
  readonly table: IncrementalTable
  /** How many rows are missing, if counts can say that (see `needsAllKeys`). */
  readonly missing: number
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
  incomplete: readonly IncompleteTable[],
): Promise<readonly KeyScope[]> {
  const narrowed = new Map<IncrementalTable, KeyRanges | undefined>()
  const worthy = incomplete.filter(({ table }) => isWorthIt(table))
  await inParallel(run.target, run.jobs, worthy, async (session, { table, missing }) => {
    narrowed.set(table, await cutIntoRanges(session, table, missing))
    if (landedRowsOf(run, table) > 0) await prepareForLookup(session, table)
  })
  for (const { table, missing } of incomplete) {
    const ranges = narrowed.get(table)
    if (ranges !== undefined) narrowed.set(table, await differingRanges(run, table, ranges, missing))
  }
  return incomplete.map(({ table }) => ({ table, ranges: narrowed.get(table) }))
}

function isWorthIt(table: IncrementalTable): boolean {
  const { source } = table.pair
  return (
    !needsAllKeys(table) &&
    table.left.rows >= LEAST_ROWS &&
    haveSameOrder(source.columns, table.keyColumns) &&
    // Masked keys have another order, and no index of the source leads to them.
    table.keyColumns.every(({ name }, at) => source.keyColumns?.[at] === name && !source.masked?.has(name))
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
  table: IncrementalTable,
  ranges: KeyRanges,
  missing: number,
): Promise<KeyRanges | undefined> {
  const [there, here] = await Promise.all([
    countInSource(run, table, ranges),
    countInTarget(run, table, ranges),
  ])
  const lacking = here.map((count, index) => count - (there[index] ?? 0))
  const isExplained = lacking.every((count) => count >= 0) && sum(lacking) >= missing
  return isExplained
    ? { ...ranges, starts: ranges.starts.filter((_, index) => lacking[index] !== 0) }
    : undefined
}

async function countInSource(
  { jobs, changes }: LandedChanges,
  { pair }: IncrementalTable,
  ranges: KeyRanges,
): Promise<number[]> {
  const counted = await changes.query<RangeCounts>(
    pair.source.name,
    stretchesOf(ranges, 2 * jobs).map(
      (stretch) => (rows) =>
        countInRangesSql(
          stretch,
          (isInRange) => `(SELECT count(*) FROM ${rows} AS t WHERE ${isInRange('t')})`,
        ),
    ),
  )
  return counted.flatMap((ofPartitions) =>
    ofPartitions
      .map(readCounts)
      .reduce((total, counts) => counts.map((count, at) => count + (total[at] ?? 0)), []),
  )
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
    const sql = countInRangesSql(
      stretch,
      (isInRange) =>
        `(SELECT count(*) FROM ${tableSql(pair.target)} AS t WHERE ${isInRange('t')})${landed(isInRange)}`,
    )
    counts[index] = readCounts(await session.queryOne<RangeCounts>(sql))
  })
  return counts.flat()
}

/** Up to `count` groups of neighbouring ranges, of about equal size. */
function stretchesOf(ranges: KeyRanges, count: number): KeyRanges[] {
  const size = Math.max(Math.ceil(ranges.starts.length / count), 1)
  return batchesOf(ranges.starts, size).map((starts) => ({ ...ranges, starts }))
}

type RangeCounts = { readonly counts: string }

function readCounts({ counts }: RangeCounts): number[] {
  return counts.split(' ').map(Number)
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
 * Cuts the keys of a table into ranges of about the same number of rows, from its first key to its last.
 */
async function cutIntoRanges(
  session: Session,
  { pair: { target }, keyColumns: columns, left }: IncrementalTable,
  missing: number,
): Promise<KeyRanges> {
  const wanted = rangesFor(left.rows, missing, leavesOf(target).length)
  const found = await session.queryOne<{ ends: (string | null)[] }>(endsSql(target, columns, wanted))
  const ends = found.ends.map((joined) => joined?.split('\n') ?? [])
  const [{ length: count } = []] = ends
  return { columns, ends, starts: Array.from({ length: count === 1 ? 1 : count - 1 }, (_, at) => at) }
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
function endsSql(table: Table, columns: KeyRanges['columns'], count: number): string {
  const names = columnList(columns.map(({ name }) => name))
  const texts = columns.map(({ name }) => `string_agg(concat(${identifier(name)}), E'\\n' ORDER BY mbsync_n)`)
  return `
SELECT ARRAY[${texts.join(', ')}] AS ends
FROM (SELECT *, row_number() OVER (ORDER BY ${names}) AS mbsync_n, count(*) OVER () AS mbsync_of
  FROM (${sampledKeysSql(table, columns, count)}) AS keys) AS numbered
WHERE mbsync_n = mbsync_of OR (mbsync_n - 1) % greatest(mbsync_of / ${count}, 1) = 0`
}

function sampledKeysSql(table: Table, columns: KeyRanges['columns'], count: number): string {
  const names = columnList(columns.map(({ name }) => name))
  const leaves = leavesOf(table)
  const pages = sum(leaves.map((leaf) => leaf.pages))
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
