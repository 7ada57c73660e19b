import type { Column } from '../postgres/catalog/table.ts'
import { columnList, identifier, literal } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'

/** What orders a table: the columns of its key. */
export type KeyColumns = readonly Pick<Column, 'name' | 'baseType'>[]

/** Ranges of a key, each from one key up to and with another: for each column of the key, its texts in all ranges. There may be many. */
export interface KeyRanges {
  readonly columns: KeyColumns
  readonly first: readonly (readonly string[])[]
  readonly last: readonly (readonly string[])[]
}

/** The same values have the same order on every server; that of text depends on a library, and that of an enum on its history. */
const ORDERED =
  /^(smallint|integer|bigint|oid|uuid|date|numeric(\(.*\))?|timestamp(\(\d\))? with(out)? time zone)$/

/**
 * Whether ranges of a key hold the same rows on both sides, and an index leads to them: no index of integers does for ends that are numeric.
 * @param source all columns of the table there
 * @param columns those of the key, in the target
 */
export function haveSameOrder(source: KeyColumns, columns: KeyColumns): boolean {
  const there = new Map(source.map(({ name, baseType }) => [name, baseType]))
  return columns.every(({ name, baseType }) => {
    const family = orderedFamily(baseType)
    return family !== undefined && family === orderedFamily(there.get(name) ?? '')
  })
}

function orderedFamily(type: string): string | undefined {
  if (!ORDERED.test(type)) return undefined
  return type.replace(/^(smallint|integer|bigint)$/, 'integer').replace(/\(.*?\)/, '')
}

/** Ranges that share their ends: for each column of the key, its texts at all ends. A single key is a range by itself. */
export function rangesBetween(columns: KeyColumns, ends: readonly (readonly string[])[]): KeyRanges {
  return {
    columns,
    first: ends.map((texts) => (texts.length > 1 ? texts.slice(0, -1) : texts)),
    last: ends.map((texts) => (texts.length > 1 ? texts.slice(1) : texts)),
  }
}

/** The ends of ranges that share them. */
export function endsOf({ first, last }: KeyRanges): string[][] {
  return first.map((texts, column) => [...texts, ...(last[column]?.slice(-1) ?? [])])
}

/** The ranges of all of these, which must be of the same key and not be empty. */
export function joinRanges(all: readonly KeyRanges[]): KeyRanges {
  const [one] = all
  if (one === undefined) throw new Error('There are no ranges to join')
  const join = (pick: (ranges: KeyRanges) => KeyRanges['first']) =>
    one.columns.map((_, column) => all.flatMap((ranges) => pick(ranges)[column] ?? []))
  return { ...one, first: join(({ first }) => first), last: join(({ last }) => last) }
}

/** A FROM item that gives, as `alias`, the keys of a table that are in the ranges, which are looked up one by one. */
export function keysInRangesSql(ranges: KeyRanges, table: string, alias: string): string {
  const names = columnList(
    ranges.columns.map(({ name }) => name),
    `${alias}.`,
  )
  const looks = inRangeSql(ranges.columns, alias).map(
    (condition) => `SELECT ${names} FROM ${table} AS ${alias} WHERE ${condition}`,
  )
  // OFFSET keeps the planner from joining the ranges in another way than by the index, and what is joined to the keys range by range.
  return `(SELECT ${names} FROM ${rangeListSql(ranges)}, LATERAL (
  ${looks.join('\n  UNION ALL ')} OFFSET 0) AS ${alias} OFFSET 0) AS ${alias}`
}

/** How many ranges there are. */
export function countOf({ first }: KeyRanges): number {
  return first[0]?.length ?? 0
}

/** Neighbouring ranges, and where they begin among all of them. */
export interface Stretch {
  readonly from: number
  readonly ranges: KeyRanges
}

/** Cuts ranges into up to `count` stretches of as many each. */
export function stretchesOf(ranges: KeyRanges, count: number): Stretch[] {
  const all = countOf(ranges)
  const size = Math.max(Math.ceil(all / count), 1)
  return Array.from({ length: Math.ceil(all / size) }, (_, index) => {
    const from = index * size
    return { from, ranges: sliceOf(ranges, from, from + size) }
  })
}

/** Counts rows in each range: `countSql` is a scalar that counts those that meet a condition under an alias. */
export async function countInRanges(
  session: Session,
  ranges: KeyRanges,
  countSql: (condition: (alias: string) => string) => string,
): Promise<number[]> {
  const count = ranges.columns
    .map((_, at) => countSql((alias) => inRangeSql(ranges.columns, alias)[at] ?? 'false'))
    .join(' + ')
  const { counts } = await session.queryOne<{ counts: string | null }>(
    `SELECT array_to_string(array_agg(${count} ORDER BY mbsync_number), ' ') AS counts FROM ${rangeListSql(ranges)}`,
  )
  return counts === null ? [] : counts.split(' ').map(Number)
}

/**
 * The same for few rows in many ranges of a key of one column that share their ends: each row is dealt into its range. `rows` is a FROM item under `alias`.
 * A row whose key is an end is in the ranges on both sides of it.
 */
export async function dealIntoRanges(
  session: Session,
  ranges: KeyRanges,
  alias: string,
  rows: string,
  condition: string,
): Promise<number[]> {
  const [column] = ranges.columns
  const [ends] = endsOf(ranges)
  if (column === undefined || ends === undefined) throw new Error('A key has a column')
  const key = `${alias}.${identifier(column.name)}`
  const dealt = await session.query<{ place: number; rows: number }>(`
WITH list AS MATERIALIZED (SELECT ${arraySql(ends, column.baseType)} AS ends),
  dealt AS (SELECT ${key} AS key, list.ends, width_bucket(${key}, list.ends) AS n FROM list, ${rows} WHERE ${condition})
SELECT place, count(*)::float8 AS rows
FROM dealt, unnest(CASE WHEN key = ends[n] THEN ARRAY[n - 1, n] ELSE ARRAY[n] END) AS place
GROUP BY place`)
  const counts = new Array<number>(countOf(ranges)).fill(0)
  for (const { place, rows: count } of dealt)
    if (place > 0 && place <= counts.length) counts[place - 1] = count
  return counts
}

function rangeListSql({ columns, first, last }: KeyRanges): string {
  const arrays = [first, last].flatMap((ends) =>
    columns.map(({ baseType }, at) => arraySql(ends[at] ?? [], baseType)),
  )
  const names = ['first', 'last'].flatMap((end) => columns.map((_, at) => `mbsync_${end}${at}`))
  return `unnest(${arrays.join(', ')}) WITH ORDINALITY AS mbsync_range (${names.join(', ')}, mbsync_number)`
}

/**
 * Conditions of which a row in a range meets one, and one in no range meets none: for ranges whose ends differ in the first column, for those whose ends
 * share it and differ in the second, and so on. An index leads to the end of a range by the first column in which the ends differ alone: by
 * the shared ones, it would lead through all rows that share them, range after range.
 */
function inRangeSql(columns: KeyColumns, alias: string): string[] {
  const first = (at: number) => `mbsync_range.mbsync_first${at}`
  const last = (at: number) => `mbsync_range.mbsync_last${at}`
  const key = (at: number) => `${alias}.${identifier(columns[at]?.name ?? '')}`
  const places = columns.map((_, at) => at)
  const between = (some: readonly number[]) =>
    `${rowSql(some.map(key))} >= ${rowSql(some.map(first))} AND ${rowSql(some.map(key))} <= ${rowSql(some.map(last))}`
  return places.map((differing) => {
    const shared = places
      .slice(0, differing)
      .map((at) => `${first(at)} = ${last(at)} AND ${key(at)} = ${first(at)}`)
    const others = places.slice(differing)
    if (others.length === 1) return [...shared, between(others)].join(' AND ')
    // The planner knows what a range of one column may give; of a row it does not, so it is told of the first of them by itself.
    const differs = `${first(differing)} <> ${last(differing)}`
    return [...shared, differs, between([differing]), between(others)].join(' AND ')
  })
}

/** Ranges, and how many rows are in each on the side that has more. */
export interface FilledRanges {
  readonly ranges: KeyRanges
  readonly rows: readonly number[]
}

/** The ranges in which two counts differ. Neighbours share their ends, so a key may be in two of them. */
export function differingRanges(
  ranges: KeyRanges,
  there: readonly number[],
  here: readonly number[],
): FilledRanges {
  const rows = here.map((count, index) => Math.max(count, there[index] ?? 0))
  const differs = (_: unknown, index: number) => here[index] !== there[index]
  const pick = (texts: readonly string[]) => texts.filter(differs)
  return {
    ranges: { ...ranges, first: ranges.first.map(pick), last: ranges.last.map(pick) },
    rows: rows.filter(differs),
  }
}

/** Deals ranges into batches of up to `most` rows; a larger range is a batch by itself. */
export function batchesOf({ ranges, rows }: FilledRanges, most: number): KeyRanges[] {
  const batches: KeyRanges[] = []
  let [from, total] = [0, 0]
  for (const [index, count] of rows.entries()) {
    if (total > 0 && total + count > most) {
      batches.push(sliceOf(ranges, from, index))
      from = index
      total = 0
    }
    total += count
  }
  return rows.length === 0 ? [] : [...batches, sliceOf(ranges, from, rows.length)]
}

function sliceOf(ranges: KeyRanges, from: number, end: number): KeyRanges {
  const cut = (texts: readonly string[]) => texts.slice(from, end)
  return { ...ranges, first: ranges.first.map(cut), last: ranges.last.map(cut) }
}

/** Values as one that orders by the first, then by the second, and so on. */
export function rowSql(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `ROW(${values.join(', ')})`
}

function arraySql(texts: readonly string[], type: string): string {
  const elements = texts.join('\n').replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '","')
  return `${literal(texts.length === 0 ? '{}' : `{"${elements}"}`)}::${type}[]`
}
