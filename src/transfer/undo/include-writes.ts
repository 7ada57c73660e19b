import type { TableName } from '../../core/table-name.ts'
import { keptMark } from '../../core/watermark.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { countChanges, listChanges } from '../merge/compare.ts'
import type { LockedMerge, Merged, MergedTable } from '../merge/merge-plan.ts'
import type { ChangeCounts, MergeTable } from '../merge/merge-table.ts'
import { READ_PLAINLY } from '../merge/owner-rights.ts'
import { baseValue, targetSql } from '../merge/row-sql.ts'
import { whileLocked } from '../merge/while-locked.ts'
import { readMarkedRows, type WriteMark } from '../target-writes/foreign-writes.ts'
import { readChildXids } from '../target-writes/read-child-xids.ts'

/**
 * Includes in a merge what else its transaction has written to its tables: marks, counts, and undo sets, which then contain every row that
 * differs from what other sessions still see. Rows that those cannot read cannot be undone.
 */
export async function includeWrites(
  merge: LockedMerge,
  merged: Merged,
  written: ReadonlyMap<number, TableName>,
): Promise<Merged> {
  const there = await findThere(merge, merged)
  const isThere = ({ table: { target } }: MergedTable) => there.has(target.oid)
  const isWritten = ({ table: { target } }: MergedTable) =>
    target.partitions.some(({ oid }) => written.has(oid))
  const readable = merged.tables.filter(
    (each) => isWritten(each) && isThere(each) && canInclude(merge, each.table),
  )
  const oids = readable.flatMap(({ table }) => table.target.partitions.map(({ oid }) => oid))
  // The transaction id of the merge comes last.
  const mergeXids = [...(await readChildXids(merge.coordinator, oids)), ...merged.mark.mergeXids]
  const mark = { ...merged.mark, mergeXids }
  const tables: MergedTable[] = []
  for (const each of merged.tables) {
    if (readable.includes(each)) tables.push(await include(merge, mark, each))
    else tables.push(isWritten(each) || !isThere(each) ? notUndoable(each) : each)
  }
  return { ...merged, mark, tables }
}

/**
 * Policies may hide rows, and reading may run code of an owner. Rows that stay for what they hold are in no undo set; those that stay because the source does
 * not have them are rows like any other to what has written to them since.
 */
function canInclude({ rights }: LockedMerge, table: MergeTable): boolean {
  const isHidden = table.target.partitions.some(({ isRowSecurityActive }) => isRowSecurityActive)
  return !isHidden && rights.roleOf(table) === undefined && table.stays?.condition === undefined
}

function notUndoable(each: MergedTable): MergedTable {
  return { ...each, changedByAfter: 'not undoable', writeCounters: undefined }
}

/** The tables that still have their names. */
async function findThere({ coordinator }: LockedMerge, { tables }: Merged): Promise<ReadonlySet<number>> {
  const rows = await coordinator.query<{ oid: number }>(
    `SELECT c.oid::int8::float8 AS oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN unnest($1::oid[], $2::text[], $3::text[]) AS t (oid, schema, name) ON t.oid = c.oid AND t.schema = n.nspname AND t.name = c.relname`,
    [
      tables.map(({ table }) => table.target.oid),
      tables.map(({ table }) => table.target.name.schema),
      tables.map(({ table }) => table.target.name.name),
    ],
  )
  return new Set(rows.map(({ oid }) => oid))
}

async function include(merge: LockedMerge, mark: WriteMark, each: MergedTable): Promise<MergedTable> {
  const { coordinator } = merge
  const { table } = each
  const before = await keepOldRows(merge, table)
  if (before === undefined) return notUndoable(each)
  return withUserPath(coordinator, 'reading', async () => {
    const marked = await readMarkedRows(coordinator, targetSql(table), mark)
    const { counts, undo } = await saveDifferences(merge, table, before, marked.rows)
    const now = { ...table, undo }
    const own = {
      mark: keptMark(undefined, mark.snapshot),
      marked,
      counters: undefined,
      writeCounters: undefined,
    }
    return { ...each, ...own, table: now, counts, changedByAfter: 'undoable' }
  })
}

/** The rows as they were before the transaction, if another session can read them; undefined if their table is locked exclusively. */
interface OldRows {
  readonly table: TableName
  readonly count: number
}

async function keepOldRows({ target }: LockedMerge, table: MergeTable): Promise<OldRows | undefined> {
  const place = { schema: 'mbsync_landing', name: `${table.undo.name}_before` }
  const stored = storedOf(table).map((column) => `${baseValue('t', column)} AS ${identifier(column.name)}`)
  const values = ['t.xmin AS mbsync_xmin', 't.tableoid AS mbsync_toid', 't.ctid AS mbsync_tid', ...stored]
  const session = await target.session()
  const kept = await withUserPath(session, 'reading', () =>
    whileLocked(session, [table.target], async () => {
      await session.defineFrom(
        `CREATE UNLOGGED TABLE ${relation(place)} AS SELECT ${values.join(', ')} FROM ${targetSql(table)} AS t`,
      )
      const { n } = await session.queryOne<{ n: number }>(
        `SELECT count(*)::float8 AS n FROM ${relation(place)}`,
      )
      return { table: place, count: n }
    }),
  )
  target.giveBack(session)
  return kept
}

/** The undo set must contain what would restore the table. */
async function saveDifferences(
  { coordinator }: LockedMerge,
  table: MergeTable,
  before: OldRows,
  rowsNow: number,
): Promise<{ readonly counts: ChangeCounts; readonly undo: TableName }> {
  const stored = storedOf(table)
  const list = { schema: 'mbsync_landing', name: `${table.undo.name}_back` }
  const undo = { schema: 'mbsync_undo', name: `${table.undo.name}_all` }
  const back: MergeTable = {
    ...table,
    columns: stored,
    kept: [],
    stays: undefined,
    rows: { kind: 'landing', table: before.table, count: before.count, asText: [], texts: before.table },
    changes: { kind: 'own', table: list },
  }
  await listChanges(coordinator, back, rowsNow, READ_PLAINLY)
  const { i, u, m, d } = await countChanges(coordinator, back)
  const names = ['mbsync_xmin', 'mbsync_toid', 'mbsync_tid', ...stored.map(({ name }) => name)]
  const found = stored.filter(({ name }) => table.key?.columns.some((column) => column.name === name) ?? true)
  await coordinator.defineFrom(
    `CREATE TABLE ${relation(undo)} AS SELECT (CASE c.op WHEN 'i' THEN 'd' ELSE c.op END)::"char" AS mbsync_op, ${columnList(names, 'l.')}
     FROM ${relation(list)} AS c JOIN ${relation(before.table)} AS l ON l.ctid = c.lid WHERE c.op <> 'd'`,
  )
  await coordinator.execute(
    `INSERT INTO ${relation(undo)} (${columnList(['mbsync_op', ...found.map(({ name }) => name)])})
     SELECT 'i', ${found.map((column) => baseValue('t', column)).join(', ')} FROM ${relation(list)} AS c
     JOIN ${targetSql(table)} AS t ON t.ctid = c.tid AND t.tableoid = c.toid WHERE c.op = 'd'`,
  )
  return {
    counts: { i: d, u, m, d: i, r: 0, l: 0, back: 0, before: before.count, stays: 0, leftOut: 0 },
    undo,
  }
}

function storedOf({ columns, kept }: MergeTable): MergeTable['columns'] {
  return [...columns, ...kept]
}
