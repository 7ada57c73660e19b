import type { Column } from '../../postgres/catalog/table.ts'
import { columnList, identifier, literal } from '../../postgres/identifiers.ts'

/** What orders a table: the columns of its key. */
export type KeyColumns = readonly Pick<Column, 'name' | 'baseType'>[]

/** Ranges of a key, each from one key up to and with another: for each column of the key, its texts in all ranges. There may be many. */
export interface KeyRanges {
  readonly columns: KeyColumns
  readonly first: readonly (readonly string[])[]
  readonly last: readonly (readonly string[])[]
}

/** The condition under which the key of a row, by its alias, is in a range. */
export type InRange = (alias: string) => string

/** What {@link countInRangesSql} gives: as one text, as many small values would take the client longer than the server. */
export interface RangeCounts extends Record<string, unknown> {
  readonly counts: string | null
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

/** How many ranges there are. */
export function countOf({ first }: KeyRanges): number {
  return first[0]?.length ?? 0
}

/** The ranges whose place meets a condition. */
export function selectRanges(ranges: KeyRanges, isWanted: (index: number) => boolean): KeyRanges {
  const pick = (texts: readonly string[]) => texts.filter((_, index) => isWanted(index))
  return { ...ranges, first: ranges.first.map(pick), last: ranges.last.map(pick) }
}

/** Cuts ranges into up to `count` stretches of neighbours, of as many each. */
export function stretchesOf(ranges: KeyRanges, count: number): KeyRanges[] {
  const size = Math.max(Math.ceil(countOf(ranges) / count), 1)
  return Array.from({ length: Math.ceil(countOf(ranges) / size) }, (_, stretch) =>
    selectRanges(ranges, (index) => Math.floor(index / size) === stretch),
  )
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

/** A SELECT of the {@link RangeCounts} of rows in each range: `countSql` is a scalar that counts those in one. */
export function countInRangesSql(ranges: KeyRanges, countSql: (isInRange: InRange) => string): string {
  const count = ranges.columns
    .map((_, at) => countSql((alias) => inRangeSql(ranges.columns, alias)[at] ?? 'false'))
    .join(' + ')
  return `SELECT array_to_string(array_agg(${count} ORDER BY mbsync_number), ' ') AS counts FROM ${rangeListSql(ranges)}`
}

/** Takes the counts apart. */
export function readCounts({ counts }: RangeCounts): number[] {
  return counts === null ? [] : counts.split(' ').map(Number)
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
  const all = columns.map((_, at) => at)
  const between = (some: readonly number[]) =>
    `${rowSql(some.map(key))} >= ${rowSql(some.map(first))} AND ${rowSql(some.map(key))} <= ${rowSql(some.map(last))}`
  return all.map((differing) => {
    const shared = all
      .slice(0, differing)
      .map((at) => `${first(at)} = ${last(at)} AND ${key(at)} = ${first(at)}`)
    const others = all.slice(differing)
    if (others.length === 1) return [...shared, between(others)].join(' AND ')
    // The planner knows what a range of one column may give; of a row it does not, so the first of them stands by itself, too.
    const differs = `${first(differing)} <> ${last(differing)}`
    return [...shared, differs, between([differing]), between(others)].join(' AND ')
  })
}

/** Values as one that orders by the first, then by the second, and so on. */
function rowSql(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `ROW(${values.join(', ')})`
}

function arraySql(texts: readonly string[], type: string): string {
  const elements = texts.join('\n').replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '","')
  return `${literal(texts.length === 0 ? '{}' : `{"${elements}"}`)}::${type}[]`
}
