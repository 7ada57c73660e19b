import type { TableName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { namedAsItself, staysSql } from '../inspect/stay-rule.ts'
import type { MergeTable, StayingRows } from '../merge/merge-table.ts'
import type { Reading } from '../merge/owner-rights.ts'
import { sameKeySql, targetSql } from '../merge/row-sql.ts'

/** The columns of a list of staying rows: where each stands, and whether it stays for what it holds. */
const LIST_COLUMNS = ['toid oid', 'tid tid', '"byRule" boolean']

/**
 * Lists the rows of a locked table that stay for what they hold, as the condition says now: the one place where it is evaluated in a merge. All
 * that compares, marks and counts rows leaves out what is on this list.
 * @returns how many there are
 */
export async function listStaying(session: Session, table: MergeTable, reading: Reading): Promise<number> {
  if (table.stays === undefined) return 0
  const { list } = table.stays
  await reading(byRuleSql(table, table.stays), LIST_COLUMNS, (select) =>
    session.defineFrom(
      `CREATE UNLOGGED TABLE ${relation(list)} WITH (autovacuum_enabled = false) AS ${select}`,
    ),
  )
  return countAll(session, list)
}

/** The same when rows have been written, which may meet the condition from now on. */
export async function listStayingAgain(session: Session, table: MergeTable, reading: Reading): Promise<void> {
  if (table.stays === undefined) return
  const { list } = table.stays
  await session.execute(`DELETE FROM ${relation(list)}`)
  await reading(byRuleSql(table, table.stays), LIST_COLUMNS, (select) =>
    session.execute(`INSERT INTO ${relation(list)} ${select}`),
  )
  await session.execute(`ANALYZE ${relation(list)}`)
}

async function countAll(session: Session, list: TableName): Promise<number> {
  await session.execute(`ANALYZE ${relation(list)}`)
  const { n } = await session.queryOne<{ n: number }>(`SELECT count(*)::float8 AS n FROM ${relation(list)}`)
  return n
}

function byRuleSql(table: MergeTable, { condition = 'false' }: StayingRows): string {
  const rows = namedAsItself(targetSql(table), table.target.name)
  return `SELECT tableoid AS toid, ctid AS tid, true AS "byRule" FROM ${rows} WHERE ${staysSql(condition)}`
}

/** Adds to the list what stays because the source does not have it: `select` gives where such rows stand. */
export async function addWithoutSource(
  session: Session,
  { list }: StayingRows,
  select: string,
  reading: Reading,
): Promise<void> {
  await reading(select, LIST_COLUMNS, (sql) => session.execute(`INSERT INTO ${relation(list)} ${sql}`))
  await session.execute(`ANALYZE ${relation(list)}`)
}

/** How many rows stay, and how many of them the source has, too: its rows are left out. */
export interface StayingCounts {
  readonly stays: number
  readonly leftOut: number
}

/** Counts the list; `wanted` holds the keys of the source. */
export async function countStaying(
  session: Session,
  table: MergeTable,
  wanted: TableName,
  reading: Reading,
): Promise<StayingCounts> {
  const { key, stays } = table
  if (stays === undefined) return { stays: 0, leftOut: 0 }
  if (key === undefined) return { stays: await countAll(session, stays.list), leftOut: 0 }
  const hasSource = `EXISTS (SELECT FROM ${relation(wanted)} AS l WHERE ${sameKeySql(key, 't', 'l')})`
  return reading(
    `SELECT count(*)::float8 AS stays, (count(*) FILTER (WHERE ${hasSource}))::float8 AS "leftOut"
FROM ${relation(stays.list)} AS s JOIN ${targetSql(table)} AS t ON ${isListed('t')}`,
    ['stays float8', '"leftOut" float8'],
    (select) => session.queryOne<{ stays: number; leftOut: number }>(select),
  )
}

/** A condition under which a row of the table, by its alias, does not stay. */
export function mayGoSql({ stays }: Pick<MergeTable, 'stays'>, alias: string): string {
  return stays === undefined
    ? 'true'
    : `NOT EXISTS (SELECT FROM ${relation(stays.list)} AS s WHERE ${isListed(alias)})`
}

/** A condition under which a row of the table, by its alias, does not stay for what it holds: other sessions may write the others as they like. */
export function isBroughtSql({ stays }: Pick<MergeTable, 'stays'>, alias: string): string {
  return stays?.condition === undefined
    ? 'true'
    : `NOT EXISTS (SELECT FROM ${relation(stays.list)} AS s WHERE ${isListed(alias)} AND s."byRule")`
}

/** Whether the list names the row that `alias` stands for. */
export function isListed(alias: string): string {
  return `s.tid = ${alias}.ctid AND s.toid = ${alias}.tableoid`
}
