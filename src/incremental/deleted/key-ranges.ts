import type { Column } from '../../postgres/catalog/table.ts'
import { arrayLiteral, columnList, identifier } from '../../postgres/identifiers.ts'

/** The columns of a table's key, by which its rows are ordered. */
export type KeyColumns = readonly Pick<Column, 'name' | 'baseType'>[]

/** Key ranges between neighbouring ends, each including both. There may be many. */
export interface KeyRanges {
  readonly columns: KeyColumns
  /** The ends of all ranges in order: for each column of the key, its texts. */
  readonly ends: readonly (readonly string[])[]
  /** The position of the first end of each range. If no other end follows, the range is this one key. */
  readonly starts: readonly number[]
}

/** Makes the condition that the key of a row is in a range. It takes the alias of the row. */
export type InRange = (alias: string) => string

/**
 * Values of these types have the same order on every server. The order of text depends on a library, and that of an enum on its history.
 */
const ORDERED =
  /^(smallint|integer|bigint|oid|uuid|date|numeric(\(.*\))?|timestamp(\(\d\))? with(out)? time zone)$/

/**
 * Whether key ranges contain the same rows on both sides, and an index finds them. An index over integers cannot be used for ends that are
 * numeric.
 * @param source all columns of the source's table
 * @param columns the key columns, in the target
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

/** A FROM item named `alias` that returns the keys of a table that are in the ranges. Each range is looked up separately. */
export function keysInRangesSql(ranges: KeyRanges, table: string, alias: string): string {
  const names = columnList(
    ranges.columns.map(({ name }) => name),
    `${alias}.`,
  )
  const looks = inRangeSql(ranges.columns, alias).map(
    (condition) => `SELECT ${names} FROM ${table} AS ${alias} WHERE ${condition}`,
  )
  // OFFSET makes the planner look up the ranges one by one in the index, and join other relations only to the resulting keys.
  return `(SELECT ${names} FROM ${rangeListSql(ranges)}, LATERAL (
  ${looks.join('\n  UNION ALL ')} OFFSET 0) AS ${alias} OFFSET 0) AS ${alias}`
}

/**
 * A SELECT of the number of rows in each range, as one text, because the client would take longer for many small values than the server.
 * `countSql` makes the scalar subquery that counts those of one range.
 */
export function countInRangesSql(ranges: KeyRanges, countSql: (isInRange: InRange) => string): string {
  const count = ranges.columns
    .map((_, at) => countSql((alias) => inRangeSql(ranges.columns, alias)[at] ?? 'false'))
    .join(' + ')
  return `SELECT array_to_string(array_agg(${count} ORDER BY mbsync_number), ' ') AS counts FROM ${rangeListSql(ranges)}`
}

function rangeListSql({ columns, ends, starts }: KeyRanges): string {
  const arrays = [0, 1].flatMap((next) =>
    columns.map(({ baseType }, at) => {
      const texts = ends[at] ?? []
      return arrayLiteral(
        starts.map((start) => texts[start + next] ?? texts[start] ?? ''),
        baseType,
      )
    }),
  )
  const names = ['first', 'last'].flatMap((end) => columns.map((_, at) => `mbsync_${end}${at}`))
  return `unnest(${arrays.join(', ')}) WITH ORDINALITY AS mbsync_range (${names.join(', ')}, mbsync_number)`
}

/**
 * A list of conditions. A row in a range meets exactly one of them, and a row in no range meets none. There is one for ranges whose ends
 * differ in the first column, one for ranges whose ends share it and differ in the second, and so on. An index finds the end of a range
 * only by the first column in which the ends differ. By the shared columns alone, it would scan all rows that share them, once for each
 * range.
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
    // The planner can estimate a range of one column, but not of a row. So the first column of the row is also compared by itself.
    const alone = others.length > 1 ? [`${first(differing)} <> ${last(differing)}`, between([differing])] : []
    return [...shared, ...alone, between(others)].join(' AND ')
  })
}

/** The values as one row value, which is ordered by the first, then by the second, and so on. */
function rowSql(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `ROW(${values.join(', ')})`
}
