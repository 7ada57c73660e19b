import { countOf } from '../../core/count-of.ts'
import { FailedError } from '../../core/errors.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { isRawSql, namedAsItself, staysSql } from '../inspect/stay-rule.ts'
import type { LockedMerge } from '../merge/merge-plan.ts'
import type { MergeTable, StayingRows } from '../merge/merge-table.ts'
import type { Reading } from '../merge/owner-rights.ts'
import { sameKeySql, targetSql } from '../merge/row-sql.ts'

/** The columns of a list of staying rows: the position of each, and whether it stays for its values. */
const LIST_COLUMNS = ['toid oid', 'tid tid', '"byRule" boolean']

/**
 * Lists the rows of a locked table that meet the condition now. A merge evaluates the condition only here. Comparing, marking and counting
 * rows leave out the rows on this list.
 * @returns how many there are
 */
export async function listStaying(session: Session, table: MergeTable, reading: Reading): Promise<number> {
  if (table.stays === undefined) return 0
  const { list, except } = table.stays
  const isKept =
    except === undefined ? '' : ` AND NOT ${isRawSql(except, identifier(table.target.name.name))}`
  await reading(byRuleSql(table, table.stays) + isKept, LIST_COLUMNS, (select) =>
    session.defineFrom(
      `CREATE UNLOGGED TABLE ${relation(list)} WITH (autovacuum_enabled = false) AS ${select}`,
    ),
  )
  return countAll(session, list)
}

/** The same after rows were written, which may meet the condition from now on. */
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

/** Adds rows that stay because the source lacks them. `select` returns their positions. */
export async function addWithoutSource(
  session: Session,
  { list }: StayingRows,
  select: string,
  reading: Reading,
): Promise<void> {
  await reading(select, LIST_COLUMNS, (sql) => session.execute(`INSERT INTO ${relation(list)} ${sql}`))
  await session.execute(`ANALYZE ${relation(list)}`)
}

/** How many rows stay, and how many of them the source has, too. Its rows are left out. */
export interface StayingCounts {
  readonly stays: number
  readonly leftOut: number
}

/** Counts the list; `wanted` has the keys of the source. */
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

/** The condition that a row of the table, by its alias, does not stay. */
export function mayGoSql({ stays }: Pick<MergeTable, 'stays'>, alias: string): string {
  return stays === undefined
    ? 'true'
    : `NOT EXISTS (SELECT FROM ${relation(stays.list)} AS s WHERE ${isListed(alias)})`
}

/** The condition that a row of the table, by its alias, does not stay for its values. Other sessions may write the rows that do. */
export function isBroughtSql({ stays }: Pick<MergeTable, 'stays'>, alias: string): string {
  return stays?.condition === undefined
    ? 'true'
    : `NOT EXISTS (SELECT FROM ${relation(stays.list)} AS s WHERE ${isListed(alias)} AND s."byRule")`
}

/** The condition that the list contains the row of `alias`. */
export function isListed(alias: string): string {
  return `s.tid = ${alias}.ctid AND s.toid = ${alias}.tableoid`
}

/**
 * Proves that rows that stay were not touched: a changed row has another ctid, and a deleted one has none.
 * @throws FailedError naming the table whose rows were changed or deleted
 */
export async function expectStaying({
  coordinator,
  tables,
  rights,
}: Pick<LockedMerge, 'coordinator' | 'tables' | 'rights'>): Promise<void> {
  for (const table of tables) {
    if (table.stays === undefined) continue
    const { list } = table.stays
    const sql = `SELECT count(*)::float8 AS n FROM ${relation(list)} AS s WHERE NOT EXISTS (SELECT FROM ${targetSql(table)} AS t WHERE ${isListed('t')})`
    const { n } = await rights.reading(table, [list])(sql, ['n float8'], (select) =>
      coordinator.queryOne<{ n: number }>(select),
    )
    if (n === 0) continue
    throw new FailedError(
      `${displayName(table.target.name)}: a foreign key action would change or delete ${countOf(n, 'row')} that the run must keep`,
      {
        hint: 'Nothing has changed. The source has deleted or changed rows that they refer to: keep those too (`keep`), or delete the rows that refer to them in the target.',
      },
    )
  }
}
