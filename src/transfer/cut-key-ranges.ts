import type { Table } from '../postgres/catalog/table.ts'
import { identifier, literal, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { countOf, endsOf, type KeyColumns, type KeyRanges, rangesBetween, rowSql } from './key-ranges.ts'
import { tableSql } from './merge/row-sql.ts'

const LEAST_RANGES = 16
const MOST_RANGES = 32_768
/** So that about one range in so many is affected, and one key in as many is fetched. */
const RANGES_PER_LOST_ROW = 32
const ROWS_PER_RANGE = 64
/** Which rows of a page may be sampled: the first is enough where there are many pages. Where one has gone, there is one range less. */
const SAMPLED_ROWS = [1, 33, 65, 97, 129, 161, 193, 225]

/** Cuts the keys of a table into about so many ranges of about as many rows each. The ranges share their ends. */
export async function cutIntoRanges(
  session: Session,
  table: Table,
  columns: KeyColumns,
  count: number,
): Promise<KeyRanges> {
  return rangesBetween(columns, await readEnds(session, rangeEndsSql(table, columns, count)))
}

/** The members of a table that hold rows. */
export function leavesOf({ members }: Table): Table['members'] {
  return members.filter(({ kind }) => kind === 'table')
}

/** How many ranges are worth their count where so many of a table's rows are lost. Each is looked up in every partition, which costs more than the keys of wider ones. */
export function rangesFor(rows: number, lostRows: number, partitions: number): number {
  const ofPlainTable = Math.min(lostRows * RANGES_PER_LOST_ROW, rows / ROWS_PER_RANGE, MOST_RANGES)
  const wanted = ofPlainTable / Math.sqrt(Math.max(partitions, 1))
  return Math.round(Math.max(wanted, LEAST_RANGES))
}

/** Whether ranges that were cut earlier, and have been extended since, do for a table that would now be cut into `count` ones. */
export function isFineEnough(ranges: KeyRanges, count: number): boolean {
  const there = countOf(ranges)
  return there >= count / 2 && there <= 2 * MOST_RANGES
}

/** Ranges that reach from the first of a table's keys up to those of `ranges`, and from there up to the last. */
export async function cutAround(
  session: Session,
  table: Table,
  ranges: KeyRanges,
  rows: number,
): Promise<{ readonly before: KeyRanges; readonly after: KeyRanges }> {
  const { columns } = ranges
  const step = Math.max(Math.round(rows / Math.max(countOf(ranges), 1)), ROWS_PER_RANGE)
  const ends = endsOf(ranges)
  const [lowest, highest] = [ends.map((texts) => texts.slice(0, 1)), ends.map((texts) => texts.slice(-1))]
  const below = await readEnds(session, outerEndsSql(table, columns, step, '<', lowest))
  const above = await readEnds(session, outerEndsSql(table, columns, step, '>', highest))
  const between = (first: string[][], last: string[][]) =>
    rangesBetween(
      columns,
      first.map((texts, column) => [...texts, ...(last[column] ?? [])]),
    )
  const none = { columns, first: columns.map(() => []), last: columns.map(() => []) }
  return {
    before: below[0]?.length === 0 ? none : between(below, lowest),
    after: above[0]?.length === 0 ? none : between(highest, above),
  }
}

/** The first and the last key beyond an end, and every so many-th between. */
function outerEndsSql(
  table: Table,
  columns: KeyColumns,
  step: number,
  operator: '<' | '>',
  end: readonly (readonly string[])[],
): string {
  const names = columns.map(({ name }) => identifier(name))
  const values = columns.map(({ baseType }, at) => `${literal(end[at]?.[0] ?? '')}::${baseType}`)
  return endsSql(
    columns,
    `(SELECT ${names.join(', ')} FROM ${tableSql(table)} WHERE ${rowSql(names)} ${operator} ${rowSql(values)})`,
    `mbsync_n = 1 OR mbsync_n % ${step} = 0`,
  )
}

/** The last of some keys, and those others that meet a condition of their number `mbsync_n` among all `mbsync_of`: one text a column, as many small values would take the client longer than the server. A cast to text could be a user's. */
function endsSql(columns: KeyColumns, keys: string, condition: string): string {
  const names = columns.map(({ name }) => identifier(name)).join(', ')
  const texts = columns.map(({ name }) => `string_agg(concat(${identifier(name)}), E'\\n' ORDER BY mbsync_n)`)
  return `
SELECT ARRAY[${texts.join(', ')}] AS ends
FROM (SELECT *, row_number() OVER (ORDER BY ${names}) AS mbsync_n, count(*) OVER () AS mbsync_of
  FROM ${keys} AS keys) AS numbered
WHERE mbsync_n = mbsync_of OR ${condition}`
}

async function readEnds(session: Session, sql: string): Promise<string[][]> {
  const { ends } = await session.queryOne<{ ends: (string | null)[] }>(sql)
  return ends.map((joined) => joined?.split('\n') ?? [])
}

/** The first and the last key, and a sample of those between from rows all over the table, found by where they stand. */
function rangeEndsSql(table: Table, columns: KeyColumns, count: number): string {
  const names = columns.map(({ name }) => identifier(name)).join(', ')
  const leaves = leavesOf(table)
  const pages = leaves.reduce((total, member) => total + member.pages, 0)
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
  return endsSql(
    columns,
    `(${[...samples, ...outermost].join('\n  UNION ')})`,
    `(mbsync_n - 1) % greatest(mbsync_of / ${count}, 1) = 0`,
  )
}
