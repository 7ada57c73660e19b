import type { Column, Table } from '../postgres/catalog/table.ts'
import { columnList, identifier, literal, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import type { KeyRegion } from './key-region.ts'
import { tableSql } from './merge/row-sql.ts'

/** Keys from one up to and with another, each the texts of its columns. */
export interface KeyRange {
  readonly first: readonly string[]
  readonly last: readonly string[]
}

/** What orders a table: the columns of its key. */
export type KeyColumns = readonly Pick<Column, 'name' | 'baseType'>[]

/** The same values have the same order on every server; that of text depends on a library, and that of an enum on its history. */
const ORDERED =
  /^(smallint|integer|bigint|oid|uuid|date|numeric(\(.*\))?|timestamp(\(\d\))? with(out)? time zone)$/

const LEAST_RANGES = 16
const MOST_RANGES = 32_768
/** So that about one range in so many is affected, and one key in as many is fetched. */
const RANGES_PER_LOST_ROW = 32
const ROWS_PER_RANGE = 64
/** The first row of a page is enough where there are many pages; where it has gone, there is one range less. */
const SAMPLED_ROWS = {
  ofManyPages: [1],
  ofSomePages: [1, 2],
  ofFewPages: [1, 33, 65, 97, 129, 161, 193, 225],
}

/** Whether ranges of a key hold the same rows on both sides. */
export function isOrdered(columns: KeyColumns): boolean {
  return columns.every(({ baseType }) => ORDERED.test(baseType))
}

/** Cuts the keys of a table into ranges of about as many rows each, for so many lost rows. The ranges share their ends. */
export async function cutIntoRanges(
  session: Session,
  table: Table,
  columns: KeyColumns,
  rows: number,
  lostRows: number,
): Promise<KeyRange[]> {
  const wanted = Math.min(lostRows * RANGES_PER_LOST_ROW, rows / ROWS_PER_RANGE, MOST_RANGES)
  const count = Math.round(Math.max(wanted, LEAST_RANGES))
  const ends = await session.query<{ key: string[] }>(rangeEndsSql(table, columns, count))
  return ends.slice(0, Math.max(ends.length - 1, 1)).map(({ key }, index) => {
    return { first: key, last: ends[index + 1]?.key ?? key }
  })
}

/** The first and the last key, and a sample of those between from rows all over the table, found by where they stand. */
function rangeEndsSql(table: Table, columns: KeyColumns, count: number): string {
  const names = columns.map(({ name }) => identifier(name)).join(', ')
  const leaves = table.members.filter((member) => member.kind === 'table')
  const pages = leaves.reduce((total, member) => total + member.pages, 0)
  const step = Math.max(1, Math.floor(pages / count))
  const { ofManyPages, ofSomePages, ofFewPages } = SAMPLED_ROWS
  const rows = pages >= 2 * count ? ofManyPages : pages >= count ? ofSomePages : ofFewPages
  const samples = leaves.map(
    (leaf) => `SELECT ${names} FROM ONLY ${relation(leaf.name)}
    WHERE ctid = ANY (ARRAY(SELECT format('(%s,%s)', p, r)::tid FROM generate_series(0, ${leaf.pages - 1}, ${step}) AS p, unnest('{${rows.join(',')}}'::int[]) AS r))`,
  )
  const outermost = ['ASC', 'DESC'].map((direction) => {
    const order = columns.map(({ name }) => `${identifier(name)} ${direction}`).join(', ')
    return `(SELECT ${names} FROM ${tableSql(table)} ORDER BY ${order} LIMIT 1)`
  })
  const texts = columns.map(({ name }) => `${identifier(name)}::text`).join(', ')
  return `
SELECT ARRAY[${texts}] AS key
FROM (SELECT *, row_number() OVER (ORDER BY ${names}) AS mbsync_n, count(*) OVER () AS mbsync_of
  FROM (${[...samples, ...outermost].join('\n  UNION ')}) AS ends) AS numbered
WHERE mbsync_n = mbsync_of OR (mbsync_n - 1) % greatest(mbsync_of / ${count}, 1) = 0
ORDER BY ${names}`
}

/** The region of some ranges, which are looked up one by one. */
export function rangeRegion(columns: KeyColumns, ranges: readonly KeyRange[]): KeyRegion {
  const list = rangeListSql(columns, ranges)
  return {
    // OFFSET keeps the planner from joining the ranges in another way than by the index, and what is joined to the rows range by range.
    from: (table, alias, names) => {
      const columnsOf = columnList([...names, 'ctid', 'tableoid', 'xmin'], `${alias}.`)
      return `(SELECT ${columnsOf} FROM ${list}, LATERAL (
  SELECT ${columnsOf} FROM ${table} AS ${alias} WHERE ${inRangeSql(columns, alias)} OFFSET 0) AS ${alias} OFFSET 0) AS ${alias}`
    },
    isLookedUp: true,
    span: (alias) => spanSql(columns, ranges, alias),
    condition: () => 'true',
  }
}

/** From the first key of the ranges, which are in order, up to the last. */
function spanSql(columns: KeyColumns, ranges: readonly KeyRange[], alias: string): string {
  const [first, last] = [ranges[0]?.first, ranges.at(-1)?.last]
  if (first === undefined || last === undefined) return 'true'
  const key = rowSql(columns.map(({ name }) => `${alias}.${identifier(name)}`))
  const end = (values: readonly string[]) =>
    rowSql(columns.map(({ baseType }, at) => `${literal(values[at] ?? '')}::${baseType}`))
  return `${key} >= ${end(first)} AND ${key} <= ${end(last)}`
}

/** Neighbouring ranges, and where they begin among all of them. */
export interface Stretch {
  readonly from: number
  readonly ranges: readonly KeyRange[]
}

/** Cuts ranges into up to `count` stretches of as many each. */
export function stretchesOf(ranges: readonly KeyRange[], count: number): Stretch[] {
  const size = Math.max(Math.ceil(ranges.length / count), 1)
  return Array.from({ length: Math.ceil(ranges.length / size) }, (_, index) => {
    return { from: index * size, ranges: ranges.slice(index * size, (index + 1) * size) }
  })
}

/** Counts rows in each range: `countSql` is a scalar that counts those that meet a condition under an alias. */
export async function countInRanges(
  session: Session,
  columns: KeyColumns,
  ranges: readonly KeyRange[],
  countSql: (condition: (alias: string) => string) => string,
): Promise<number[]> {
  const count = countSql((alias) => inRangeSql(columns, alias))
  const { counts } = await session.queryOne<{ counts: string | null }>(
    `SELECT array_to_string(array_agg(${count} ORDER BY mbsync_number), ' ') AS counts FROM ${rangeListSql(columns, ranges)}`,
  )
  return counts === null ? [] : counts.split(' ').map(Number)
}

function rangeListSql(columns: KeyColumns, ranges: readonly KeyRange[]): string {
  const arrays = (['first', 'last'] as const).flatMap((end) =>
    columns.map(({ baseType }, at) =>
      arraySql(
        ranges.map((range) => range[end][at] ?? ''),
        baseType,
      ),
    ),
  )
  const names = ['first', 'last'].flatMap((end) => columns.map((_, at) => `mbsync_${end}${at}`))
  return `unnest(${arrays.join(', ')}) WITH ORDINALITY AS mbsync_range (${names.join(', ')}, mbsync_number)`
}

/** The planner knows what a range of one column may give; of a row it does not, so it is told of the first column by itself. */
function inRangeSql(columns: KeyColumns, alias: string): string {
  const between = (some: KeyColumns) => {
    const end = (name: string) => rowSql(some.map((_, at) => `mbsync_range.mbsync_${name}${at}`))
    const key = rowSql(some.map(({ name }) => `${alias}.${identifier(name)}`))
    return `${key} >= ${end('first')} AND ${key} <= ${end('last')}`
  }
  return columns.length === 1 ? between(columns) : `${between(columns.slice(0, 1))} AND ${between(columns)}`
}

/** The ranges in which two counts differ; neighbours are joined, so that no key is in two of them. */
export function differingRanges(
  ranges: readonly KeyRange[],
  there: readonly number[],
  here: readonly number[],
): KeyRange[] {
  const joined: KeyRange[] = []
  let previous = -2
  for (const [index, range] of ranges.entries()) {
    if (there[index] === here[index]) continue
    const before = previous === index - 1 ? joined.pop() : undefined
    joined.push({ first: (before ?? range).first, last: range.last })
    previous = index
  }
  return joined
}

function rowSql(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `ROW(${values.join(', ')})`
}

function arraySql(texts: readonly string[], type: string): string {
  const elements = texts.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`)
  return `${literal(`{${elements.join(',')}}`)}::${type}[]`
}
