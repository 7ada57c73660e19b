import { FailedError } from '../../core/errors.ts'
import { groupBy } from '../../core/group-by.ts'
import { displayName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { addWithoutSource, countStaying, type StayingCounts } from '../staying/list-staying.ts'
import { addToListSql, listSql, listTable } from './change-list.ts'
import { changesSql, deletedSql, keysOf, withoutSourceSql } from './compare-sql.ts'
import { IncrementalReadError } from './incremental-read-error.ts'
import { type ChangeCounts, isLoose, type MergeTable } from './merge-table.ts'
import type { Reading } from './owner-rights.ts'

/**
 * Makes the planner compare in parallel even with a small landing table: it assumes that nearly all rows differ, and charges for their
 * transfer. But one process should not receive all rows of the table. It may also look up a few landed rows one by one.
 */
const COMPARE_SETTINGS = `SET LOCAL parallel_tuple_cost = 0.01; SET LOCAL work_mem = '64MB'; SET LOCAL random_page_cost = 1.1; SET LOCAL min_parallel_table_scan_size = 0`

/** The columns of a change list. */
const CHANGE_COLUMNS = ['toid oid', 'tid tid', 'lid tid', 'op "char"']

/** Prepares a transaction for comparing. */
export async function prepareForCompare(session: Session): Promise<void> {
  await session.execute(COMPARE_SETTINGS)
}

/**
 * Writes the change list of a table that has `before` rows, in the order of their ctids. The table must be locked against writers, by this
 * session or another, since before it was marked, so that the positions in the list stay true.
 * @throws FailedError if two of the wanted rows have the same key in the target
 */
export async function listChanges(
  session: Session,
  table: MergeTable,
  before: number,
  reading: Reading,
): Promise<StayingCounts> {
  const deleted = deletedSql(table)
  const isIncremental = table.rows.kind === 'changed'
  const listed = [changesSql(table), ...(isIncremental && deleted !== undefined ? [deleted] : [])]
  const list = relation(listTable(table.changes))
  await reading(listed.join('\nUNION ALL'), CHANGE_COLUMNS, (select) =>
    session.defineFrom(
      `CREATE UNLOGGED TABLE ${list} WITH (autovacuum_enabled = false) AS ${select}\nORDER BY toid, tid`,
    ),
  )
  const staying = await takeStaying(session, table, reading)
  if (table.rows.kind !== 'landing' || table.key === undefined) return staying
  const { n: inserts } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM ${list} WHERE op = 'i'`,
  )
  const matched = table.rows.count - inserts
  const ofSource = before - (staying.stays - staying.leftOut)
  if (ofSource === matched && !isLoose(table.key)) return staying
  const deletes = deleted === undefined ? 0 : await addDeleted(session, table, deleted, reading)
  // Rows that differ in the source, but are equal under the target's key, would overwrite each other.
  if (ofSource - deletes !== matched) throw sameKeyTwice(table)
  return staying
}

/** Lists the rows that stay because the source lacks them, and counts all that stay. */
async function takeStaying(session: Session, table: MergeTable, reading: Reading): Promise<StayingCounts> {
  const { stays } = table
  if (stays === undefined) return NOTHING_STAYS
  const without = withoutSourceSql(table)
  if (without !== undefined) await addWithoutSource(session, stays, without, reading)
  return countStaying(session, table, keysOf(table), reading)
}

const NOTHING_STAYS: StayingCounts = { stays: 0, leftOut: 0 }

/** An INSERT does not run in parallel, but CREATE TABLE AS does. */
async function addDeleted(
  session: Session,
  table: MergeTable,
  sql: string,
  reading: Reading,
): Promise<number> {
  const { schema, name } = listTable(table.changes)
  const deleted = relation({ schema, name: `${name}_deleted` })
  await reading(sql, CHANGE_COLUMNS, (select) =>
    session.defineFrom(`CREATE UNLOGGED TABLE ${deleted} WITH (autovacuum_enabled = false) AS ${select}`),
  )
  return session.execute(addToListSql(table.changes, `SELECT * FROM ${deleted} ORDER BY toid, tid`))
}

/** Whether nothing has changed in the source, so that no list is needed. */
export function isUnchanged({ rows }: MergeTable): boolean {
  return (
    rows.kind === 'changed' &&
    rows.count === 0 &&
    rows.unchanged.deleted === undefined &&
    rows.unchanged.keys === undefined
  )
}

/** The counts of a table of `before` rows without a change list. */
export function countUnlisted(before: number): ChangeCounts {
  // Beginning with a spread, and with another to follow, V8 would make a hidden class for each object: a kilobyte for a table.
  return { before, ...NO_CHANGES, ...NOTHING_STAYS }
}

/** Counts a complete change list. */
export async function countListed(
  session: Session,
  table: MergeTable,
  before: number,
  staying: StayingCounts,
): Promise<ChangeCounts> {
  await session.execute(`ANALYZE ${relation(listTable(table.changes))}`)
  return { before, ...(await countChanges(session, table)), ...staying }
}

/**
 * The rows of the source were counted one by one, so each table that was read incrementally must arrive at the same number.
 * @throws IncrementalReadError naming all tables that do not
 */
export function expectAllRows(
  compared: readonly { readonly table: MergeTable; readonly counts: ChangeCounts }[],
): void {
  const wrong = compared.flatMap(({ table, counts: { before, i, d, stays, leftOut } }) => {
    const { target, rows } = table
    // A row that stays replaces the source row with its key.
    const now = before + i - d - (stays - leftOut)
    if (rows.kind !== 'changed' || now === rows.unchanged.sourceRows) return []
    const { sourceRows } = rows.unchanged
    return {
      name: target.name,
      rows: now,
      sourceRows,
      mayStay: table.stays !== undefined && now < sourceRows,
    }
  })
  if (wrong.length === 0) return
  const tables = wrong.map(({ name }) => name)
  // Users may delete such rows at any time, and then the source row is missing.
  if (wrong.every(({ mayStay }) => mayStay))
    throw new IncrementalReadError(
      `Rows that stay were deleted from ${tables.map(displayName).join(', ')} in the target while the run read the source`,
      {
        contradiction: 'written',
        tables,
        hint: 'No action is needed: the full read copies the rows of the source.',
      },
    )
  const counts = wrong.map(({ name, rows, sourceRows }) => {
    return `${displayName(name)} with ${rows} rows instead of ${sourceRows}`
  })
  throw new IncrementalReadError(`An incremental read would leave ${counts.join(', ')}`, {
    contradiction: 'miscounted',
    tables,
    hint: 'The full read repairs it. If it happens again, compare both sides with `mbsync verify`, and please report it as a bug.',
  })
}

/** The counts of a change list. */
type ListedCounts = Omit<ChangeCounts, 'before' | keyof StayingCounts>

const NO_CHANGES: ListedCounts = { i: 0, u: 0, m: 0, d: 0, r: 0, l: 0, back: 0 }

/** Counts the change list by op. */
export async function countChanges(session: Session, { changes }: MergeTable): Promise<ListedCounts> {
  const rows = await session.query<CountedOp>(`SELECT ${OP_COUNTS} FROM ${listSql(changes)} AS c GROUP BY op`)
  return sumOps(rows)
}

interface CountedOp extends Record<string, unknown> {
  readonly op: 'i' | 'u' | 'm' | 'd' | 'r' | 'l'
  readonly n: number
  readonly back: number
}

const OP_COUNTS = `op, count(*)::float8 AS n, (count(*) FILTER (WHERE op = 'r' AND lid IS NULL))::float8 AS back`

function sumOps(rows: readonly CountedOp[]): ListedCounts {
  const counts = { ...NO_CHANGES }
  for (const { op, n, back } of rows) {
    counts[op] = n
    counts.back += back
  }
  return counts
}

/** A small table, and how many rows it has. */
export interface SmallTable {
  readonly table: MergeTable
  readonly before: number
}

/**
 * Adds the changes of small tables to the list that they share, and counts them, like {@link listChanges} and {@link countListed} for one
 * table.
 */
export async function listTogether(session: Session, tables: readonly SmallTable[]): Promise<ChangeCounts[]> {
  const statements = tables.map(({ table, before }) => {
    const deleted = before === 0 ? undefined : deletedSql(table)
    const selects = [changesSql(table), ...(deleted === undefined ? [] : [deleted])]
    return addToListSql(table.changes, selects.join('\nUNION ALL'))
  })
  await session.execute(statements.join(';\n'))
  const counts = await countTogether(
    session,
    tables.map(({ table }) => table),
  )
  return tables.map(({ table, before }, index) => {
    const own = { before, ...(counts[index] ?? NO_CHANGES), ...NOTHING_STAYS }
    const isByKey = table.rows.kind === 'landing' && table.key !== undefined
    if (isByKey && before - own.d !== table.rows.count - own.i) throw sameKeyTwice(table)
    return own
  })
}

/** Counts the parts of the shared list. */
export async function countTogether(
  session: Session,
  tables: readonly MergeTable[],
): Promise<ListedCounts[]> {
  const [first] = tables
  if (first === undefined) return []
  const rows = await session.query<CountedOp & { root: number }>(
    `SELECT root, ${OP_COUNTS} FROM ${relation(listTable(first.changes))} WHERE root = ANY ($1::oid[]) GROUP BY root, op`,
    [tables.map(({ target }) => target.oid)],
  )
  const byRoot = groupBy(rows, ({ root }) => root)
  return tables.map(({ target }) => sumOps(byRoot.get(target.oid) ?? []))
}

function sameKeyTwice(table: MergeTable): FailedError {
  const columns = table.key?.columns.map((column) => `"${column.name}"`).join(', ')
  return new FailedError(
    `${displayName(table.target.name)}: two source rows have the same key (${columns}) in the target`,
    {
      hint: "Compare the key's columns, collation and index on both sides; the source needs the same unique index. A mask of them must keep different values different.",
    },
  )
}
