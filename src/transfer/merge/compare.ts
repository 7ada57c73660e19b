import { FailedError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { changesSql, vanishedSql } from './compare-sql.ts'
import type { ChangeCounts, MergeTable, Unchanged } from './merge-table.ts'

/**
 * Lets the planner compare in parallel: it believes that nearly all rows differ, and prices their transfer. Only all rows of the table should
 * not pass through one process. And lets it look up few landed rows one by one.
 */
const COMPARE_SETTINGS = `SET LOCAL parallel_tuple_cost = 0.01; SET LOCAL work_mem = '64MB'; SET LOCAL random_page_cost = 1.1`

/** Prepares a transaction for comparing. */
export async function prepareForCompare(session: Session): Promise<void> {
  await session.execute(COMPARE_SETTINGS)
}

/**
 * Writes the change list of a table that has `before` rows, in the order in which they stand. The table must be locked against writers, here
 * or by another session, and have been since it was marked, so that the positions in the list stay true.
 * @throws FailedError if two of the wanted rows have the same key in the target
 */
export async function listChanges(session: Session, table: MergeTable, before: number): Promise<void> {
  const changes = relation(table.changes)
  await session.execute(
    `CREATE UNLOGGED TABLE ${changes} WITH (autovacuum_enabled = false) AS ${changesSql(table)}\nORDER BY toid, tid`,
  )
  if (table.rows.kind !== 'landing' || table.key === undefined) return
  const { n: inserts } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM ${changes} WHERE op = 'i'`,
  )
  const matched = table.rows.count - inserts
  if (before === matched) return
  let vanished = 0
  for (const sql of vanishedSql(table)) vanished += await listInParallel(session, table, sql)
  // Rows that are distinct at the source but equal under the target's key would overwrite each other.
  if (before - vanished !== matched) throw sameKeyTwice(table)
}

/** An INSERT does not run in parallel; a table that is made from a SELECT does. */
async function listInParallel(session: Session, table: MergeTable, sql: string): Promise<number> {
  await session.execute(
    `CREATE UNLOGGED TABLE ${goneList(table)} WITH (autovacuum_enabled = false) AS ${sql}`,
  )
  return addVanished(session, table)
}

/** Creates the list of rows that have gone, for {@link listVanished}. */
export async function createGoneList(session: Session, table: MergeTable): Promise<void> {
  await session.execute(
    `CREATE UNLOGGED TABLE ${goneList(table)} (toid oid, tid tid, lid tid, op "char") WITH (autovacuum_enabled = false)`,
  )
}

/** Lists the rows that a piece of {@link vanishedSql} gives. */
export async function listVanished(session: Session, table: MergeTable, sql: string): Promise<void> {
  await session.execute(`INSERT INTO ${goneList(table)} ${sql}`)
}

/** Adds the rows that have gone to the change list, which then is complete, and returns how many they are. */
export async function addVanished(session: Session, table: MergeTable): Promise<number> {
  return session.execute(
    `INSERT INTO ${relation(table.changes)} SELECT * FROM ${goneList(table)} ORDER BY toid, tid`,
  )
}

function goneList({ changes }: MergeTable): string {
  return relation({ schema: changes.schema, name: `${changes.name}_gone` })
}

/** Whether nothing has changed in the source, so that nothing is to be listed. */
export function isUnchanged({ rows }: MergeTable): boolean {
  return rows.kind === 'changed' && rows.count === 0 && rows.unchanged.vanished === undefined
}

/** The counts of a table of `before` rows without a change list. */
export function countUnlisted(table: MergeTable, before: number): ChangeCounts {
  const counts = { ...NO_CHANGES, before }
  if (table.rows.kind === 'changed') expectAllRows(table, table.rows.unchanged, counts)
  return counts
}

/** Counts a change list that is complete. */
export async function countListed(
  session: Session,
  table: MergeTable,
  before: number,
): Promise<ChangeCounts> {
  await session.execute(`ANALYZE ${relation(table.changes)}`)
  const counts = { ...(await countChanges(session, table)), before }
  if (table.rows.kind === 'changed') expectAllRows(table, table.rows.unchanged, counts)
  return counts
}

/** What the source holds was counted row by row, so the table must come to as many. */
function expectAllRows(table: MergeTable, { sourceRows }: Unchanged, { before, i, d }: ChangeCounts): void {
  if (before + i - d === sourceRows) return
  throw new FailedError(
    `${displayName(table.target.name)}: would hold ${before + i - d} rows instead of ${sourceRows} after an incremental read`,
    { hint: 'Nothing has changed. Run `mbsync full-sync`, and please report it as a bug.' },
  )
}

const NO_CHANGES = { i: 0, u: 0, m: 0, d: 0, r: 0, l: 0 }

/** Counts the change list by op. */
export async function countChanges(
  session: Session,
  table: MergeTable,
): Promise<Omit<ChangeCounts, 'before'>> {
  const rows = await session.query<{ op: 'i' | 'u' | 'm' | 'd' | 'r' | 'l'; n: number }>(
    `SELECT op, count(*)::float8 AS n FROM ${relation(table.changes)} GROUP BY op`,
  )
  const counts = { ...NO_CHANGES }
  for (const { op, n } of rows) counts[op] = n
  return counts
}

function sameKeyTwice(table: MergeTable): FailedError {
  const columns = table.key?.columns.map((column) => `"${column.name}"`).join(', ')
  return new FailedError(
    `${displayName(table.target.name)}: two source rows have the same key (${columns}) in the target`,
    {
      hint: "Compare the key's columns, collation and index on both sides; the source needs the same unique index.",
    },
  )
}
