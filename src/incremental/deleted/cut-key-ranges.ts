import type { Table } from '../../postgres/catalog/table.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { tableSql } from '../../transfer/merge/row-sql.ts'
import { type KeyColumns, type KeyRanges, rangesBetween } from './key-ranges.ts'

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
export async function cutIntoRanges(
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
