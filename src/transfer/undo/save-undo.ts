import { sum } from '../../core/sum.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import { batchesOf, tablesAtOnce } from '../../postgres/in-batches.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import { atWork } from '../../progress/progress.ts'
import { listSql, listTable } from '../merge/change-list.ts'
import { namesOf } from '../merge/compare-tables.ts'
import type { ComparedTable, LockedMerge } from '../merge/merge-plan.ts'
import { type ChangeCounts, changedRows, type MergeTable } from '../merge/merge-table.ts'
import { baseValue, targetSql } from '../merge/row-sql.ts'
import { whileLocked } from '../merge/while-locked.ts'
import { isListed } from '../staying/list-staying.ts'
import { backTable } from '../staying/put-back.ts'
import { UNDO_COLUMNS } from './undo-columns.ts'

/**
 * Before the merge writes: saves what it will remove or replace, in a logged table for each of its tables. Old rows are saved whole, with
 * the transaction that wrote them. For rows to insert, only the key is saved, which is enough to find them again. A few other sessions do
 * this, so that their locks do not add up; the next run drops an undo table that belongs to no run. The coordinator itself saves what those
 * sessions cannot see or lock.
 * @returns the milliseconds that each table took
 */
export async function saveUndo(
  merge: LockedMerge,
  changed: readonly ComparedTable[],
): Promise<ReadonlyMap<MergeTable, number>> {
  const { coordinator, target, jobs, rights, blocking, report } = merge
  // A role that writes a table also gets access to its undo table.
  const needed = changed.filter((each) => isUndoNeeded(each) || rights.roleOf(each.table) !== undefined)
  const blocked = new Set(blocking.map(({ rootOid }) => rootOid))
  // Only the transaction of the merge sees the lists that were changed by spreading.
  const isSpread = changed.some(({ counts }) => counts.r + counts.l > 0)
  const isOwn = ({ table, isListedAlone }: ComparedTable) =>
    isSpread || isListedAlone === true || blocked.has(table.target.oid) || rights.roleOf(table) !== undefined
  const amountOf = (tables: readonly ComparedTable[]) => sum(tables.map(({ counts }) => changedRows(counts)))
  const tookMs = new Map<MergeTable, number>()
  const keeping = async (tables: readonly ComparedTable[], work: () => Promise<void>) => {
    const startedAt = performance.now()
    const name = namesOf(tables.map(({ table }) => table))
    await atWork(report, { stage: 'keep', name, amount: amountOf(tables) }, work)
    for (const { table } of tables) tookMs.set(table, (performance.now() - startedAt) / tables.length)
  }
  report({ type: 'stage-planned', stage: 'keep', total: amountOf(needed) })
  const own = needed.filter(isOwn)
  const shared = needed.filter((table) => !isOwn(table))
  const isSmall = ({ counts }: ComparedTable) => changedRows(counts) <= FEW_ROWS
  const batches = [
    ...shared.filter((table) => !isSmall(table)).map((table) => [table]),
    ...batchesOf(shared.filter(isSmall), await tablesAtOnce(coordinator, jobs)),
  ]
  await inParallel(target, jobs, batches, async (session, batch) => {
    const targets = batch.map(({ table }) => table.target)
    const isDone = await whileLocked(session, targets, async () => {
      const statements = batch.flatMap(({ table }) => [
        createUndoSql(table, oldRowsSql(table)),
        ...keysSql(table),
      ])
      await keeping(batch, () => session.defineFrom([FIND_BY_POSITION, ...statements].join(';\n')))
      return true
    })
    if (isDone !== true) own.push(...batch)
  })
  for (const each of own) await keeping([each], () => saveAlone(merge, each.table))
  return tookMs
}

async function saveAlone({ coordinator, rights }: LockedMerge, table: MergeTable): Promise<void> {
  const lists = table.changes.kind === 'all' ? [] : [listTable(table.changes)]
  await rights.reading(table, lists)(oldRowsSql(table), [...UNDO_COLUMNS, ...definitions(table)], (select) =>
    coordinator.defineFrom(createUndoSql(table, select)),
  )
  for (const sql of keysSql(table)) await coordinator.execute(sql)
}

/** Tables with this few changes are saved together with others. */
const FEW_ROWS = 1000

/** Change lists are in the order of the rows, so a row that is found by its position is on the page of the previous one, or soon after. */
export const FIND_BY_POSITION = 'SET LOCAL random_page_cost = 0.1'

/** What a rollback replaces is needed only if its own statements put rows back from there. Rows may also have landed as their undo set. */
function isUndoNeeded({ table, counts }: ComparedTable): boolean {
  if (table.undo === table.rows.table) return false
  return table.rows.kind !== 'undo' || counts.r > 0 || (counts.m > 0 && table.kept.length > 0)
}

function createUndoSql({ undo }: MergeTable, select: string): string {
  return `CREATE TABLE ${relation(undo)} AS ${select}`
}

/** The keys of rows that will be inserted. */
function keysSql(table: MergeTable): string[] {
  if (table.key === undefined) return []
  const names = table.key.columns.map((column) => column.name)
  const from =
    table.changes.kind === 'all'
      ? `${relation(table.rows.table)} AS l`
      : `${listSql(table.changes)} AS c JOIN ${relation(table.rows.table)} AS l ON l.ctid = c.lid WHERE c.op IN ('i', 'l')`
  return [
    `INSERT INTO ${relation(table.undo)} (${columnList(['mbsync_op', ...names])}) SELECT 'i', ${columnList(names, 'l.')} FROM ${from}`,
  ]
}

/**
 * After the merge has written: without a key, its new rows can be found again only by their current values, including those that the target
 * itself has filled in. They carry this transaction in xmin.
 */
export async function saveWrittenRows(
  { coordinator: session, rights }: LockedMerge,
  { table, counts }: Pick<ComparedTable, 'table' | 'counts'>,
): Promise<void> {
  if (table.rows.kind === 'undo') return
  const stored = [...table.columns, ...table.kept]
  const names = ['mbsync_op', ...stored.map((column) => column.name)]
  const values = [`'i'::"char"`, ...stored.map((column) => baseValue('t', column))]
  const written = `
    SELECT ${values.join(', ')} FROM ${targetSql(table)} AS t
    WHERE t.xmin::text::int8 = txid_current() & 4294967295${notPutBackSql(table, counts)}`
  await rights.reading(table)(written, ['mbsync_op "char"', ...definitions(table)], (select) =>
    session.execute(`INSERT INTO ${relation(table.undo)} (${columnList(names)}) ${select}`),
  )
}

/** A rollback does not touch rows that stay, even if the merge has put them back. */
function notPutBackSql({ stays }: MergeTable, { back }: ChangeCounts): string {
  if (stays === undefined || back === 0) return ''
  return ` AND NOT EXISTS (SELECT FROM ${relation(backTable(stays))} AS s WHERE ${isListed('t')})`
}

function definitions(table: MergeTable): string[] {
  return [...table.columns, ...table.kept].map(({ name, baseType }) => `${identifier(name)} ${baseType}`)
}

function oldRowsSql(table: MergeTable): string {
  const stored = [...table.columns, ...table.kept].map(
    (column) => `${baseValue('t', column)} AS ${identifier(column.name)}`,
  )
  if (table.changes.kind === 'all') {
    const none = [
      'NULL::"char" AS mbsync_op',
      'NULL::xid AS mbsync_xmin',
      'NULL::oid AS mbsync_toid',
      'NULL::tid AS mbsync_tid',
    ]
    return `SELECT ${[...none, ...stored].join(', ')} FROM ${targetSql(table)} AS t WHERE false`
  }
  const own = ['c.op AS mbsync_op', 't.xmin AS mbsync_xmin', 'c.toid AS mbsync_toid', 'c.tid AS mbsync_tid']
  return `
    SELECT ${[...own, ...stored].join(', ')}
    FROM ${listSql(table.changes)} AS c JOIN ${targetSql(table)} AS t ON t.ctid = c.tid AND t.tableoid = c.toid`
}
