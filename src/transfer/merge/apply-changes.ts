import { FailedError } from '../../core/errors.ts'
import { groupBy } from '../../core/group-by.ts'
import { sum } from '../../core/sum.ts'
import { displayName } from '../../core/table-name.ts'
import type { MarkedRows } from '../../core/watermark.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { atWork, type Report } from '../../progress/progress.ts'
import { expectStaying, listStayingAgain } from '../staying/list-staying.ts'
import { divideByStaying, followPutBack, tablesPuttingBack } from '../staying/put-back.ts'
import { MARK_COLUMNS, markedSql, readMarkedRows, type WriteMark } from '../target-writes/foreign-writes.ts'
import { listsOf, markedOf } from '../target-writes/mark-tables.ts'
import { applyAsOneStatement, applyInOrder, inOrder, type Writing, type WrittenPiece } from './apply.ts'
import { backStepsFor, lateStepsFor, type Step, stepsFor } from './apply-sql.ts'
import { changesSql, deletedSql } from './compare-sql.ts'
import { actsOnDelete, foreignKeyEnds } from './foreign-key-ends.ts'
import { inForeignKeyOrder, type StepGroup } from './in-foreign-key-order.ts'
import type { ComparedTable, LockedMerge } from './merge-plan.ts'
import type { MergeTable } from './merge-table.ts'
import { targetSql } from './row-sql.ts'
import { refuseActionsOutside } from './spread-reinserts.ts'
import { suspendTriggers } from './suspend-triggers.ts'
import { inReadOrder, readFirst, type TableReads } from './table-reads.ts'

/**
 * Writes the changes with user triggers suspended, and proves that each table has the rows that it should have.
 * @returns the tables as they are now
 */
export async function applyChanges(
  merge: LockedMerge,
  mark: WriteMark,
  changed: readonly ComparedTable[],
  reads: TableReads,
): Promise<Map<MergeTable, ComparedTable>> {
  const { coordinator, report } = merge
  const oids = new Set(
    changed.flatMap(({ table }) => table.target.partitions.map((partition) => partition.oid)),
  )
  const restoreTriggers = await suspendTriggers(
    coordinator,
    merge.triggers.filter(({ relationOid }) => oids.has(relationOid)),
  )
  const tookMs = new Map<MergeTable, number>()
  if (merge.mode === 'owner') await applyAsOwner(merge, changed, reads, tookMs)
  else await applyInReplicaRole(merge, changed, reads, tookMs)
  // Code that was deferred runs here.
  await withUserPath(coordinator, 'writing', restoreTriggers)
  await expectStaying(merge)
  const written = new Map<MergeTable, ComparedTable>()
  const expectedRows = ({ counts }: ComparedTable) => counts.before + counts.i + counts.l - counts.d
  report({ type: 'stage-planned', stage: 'prove', total: sum(changed.map(expectedRows)) })
  for (const merged of changed) {
    const { table } = merged
    const expected = expectedRows(merged)
    const piece = { stage: 'prove', name: displayName(table.target.name), amount: expected } as const
    const again = table.stays === undefined ? markAgain : markBesideStaying
    const marked = await atWork(report, piece, () => again(merge, merged, mark, expected))
    written.set(table, { ...merged, marked, durationMs: merged.durationMs + (tookMs.get(table) ?? 0) })
  }
  return written
}

/** If only mbsync can have written rows, there is no need to read them against the mark. */
async function markAgain(
  merge: LockedMerge,
  { table, mark: { snapshot }, marked }: ComparedTable,
  { mergeXids }: WriteMark,
  expectedRows: number,
): Promise<MarkedRows> {
  const { coordinator, rights } = merge
  if (marked.undated > 0) {
    const read = await rights.reading(table)(markedSql(targetSql(table)), MARK_COLUMNS, (select) =>
      readMarkedRows(coordinator, `(${select})`, { snapshot, mergeXids }),
    )
    expectRowCount(table, read.rows, expectedRows)
    return read
  }
  if (!isUndisturbed(merge, table)) expectRowCount(table, await countRows(merge, table), expectedRows)
  return { ...marked, rows: expectedRows }
}

async function countRows({ coordinator, rights }: LockedMerge, table: MergeTable): Promise<number> {
  const sql = `SELECT count(*)::float8 AS rows FROM ${targetSql(table)}`
  const { rows } = await rights.reading(table)(sql, ['rows float8'], (select) =>
    coordinator.queryOne<{ rows: number }>(select),
  )
  return rows
}

/** Rows that the merge has written may meet the condition of rows that stay from now on. */
async function markBesideStaying(
  merge: LockedMerge,
  { table, mark: { snapshot } }: ComparedTable,
  { mergeXids }: WriteMark,
  expectedRows: number,
): Promise<MarkedRows> {
  const { coordinator, rights } = merge
  expectRowCount(table, await countRows(merge, table), expectedRows)
  await listStayingAgain(coordinator, table, rights.reading(table))
  return rights.reading(table, listsOf(table))(markedOf(table), MARK_COLUMNS, (select) =>
    readMarkedRows(coordinator, `(${select})`, { snapshot, mergeXids }),
  )
}

/** If nothing fires, only the statements of the merge have written, and each has touched the expected number of rows. */
function isUndisturbed({ mode, triggers, blocking, rights }: LockedMerge, table: MergeTable): boolean {
  const hasOwnCode = rights.roleOf(table) !== undefined
  return mode === 'replica role' && triggers.length === 0 && blocking.length === 0 && !hasOwnCode
}

async function applyInReplicaRole(
  { coordinator, report, rights }: LockedMerge,
  changed: readonly ComparedTable[],
  reads: TableReads,
  tookMs: Map<MergeTable, number>,
): Promise<void> {
  await coordinator.execute('SET LOCAL session_replication_role = replica')
  const steps = changed.flatMap(({ table, counts }) => stepsFor(table, counts))
  await withUserPath(coordinator, 'writing', () =>
    applyInOrder(
      coordinator,
      rights,
      reads.size === 0 ? inOrder(steps) : inReadOrder(steps, reads),
      reportWritten(report, steps, tookMs),
    ),
  )
  await coordinator.execute('SET LOCAL session_replication_role = origin')
}

/** A table is merged when all rows of its steps are written. `tookMs` adds up the time of each. */
function reportWritten(report: Report, steps: readonly Step[], tookMs: Map<MergeTable, number>): Writing {
  const left = new Map<MergeTable, number>()
  for (const { table, rows } of steps) left.set(table, (left.get(table) ?? 0) + rows)
  report({ type: 'stage-planned', stage: 'write', total: sum([...left.values()]) })
  return {
    at: (pieces, work) => writeTables(report, pieces, work),
    written: ({ table }, rows, durationMs) => {
      report({ type: 'rows-written', table: table.target.name, rows, durationMs })
      tookMs.set(table, (tookMs.get(table) ?? 0) + durationMs)
      left.set(table, (left.get(table) ?? 0) - rows)
      if (left.get(table) === 0) report({ type: 'table-merged', table: table.target.name })
    },
  }
}

/** One statement may write several tables, and each of them in several steps. */
function writeTables<T>(report: Report, pieces: readonly WrittenPiece[], work: () => Promise<T>): Promise<T> {
  const byTable = groupBy(pieces, ({ table }) => displayName(table.target.name))
  return [...byTable].reduce((inner, [name, own]) => {
    const amount = sum(own.map(({ rows }) => rows))
    return () => atWork(report, { stage: 'write', name, amount }, inner)
  }, work)()
}

async function applyAsOwner(
  merge: LockedMerge,
  changed: readonly ComparedTable[],
  reads: TableReads,
  tookMs: Map<MergeTable, number>,
): Promise<void> {
  const { coordinator, report } = merge
  const ends = foreignKeyEnds(merge.foreignKeys, merge.tables)
  await refuseActionsOutside(coordinator, ends)
  const steps = readFirst(changed, reads).flatMap(({ table, counts }) => stepsFor(table, counts))
  const late = changed
    .filter(({ counts }) => counts.r + counts.l > 0)
    .flatMap(({ table, counts }) => lateStepsFor(table, counts))
  for (const { table, counts } of changed)
    for (const step of backStepsFor(table, counts)) late.push(...(await divideByStaying(coordinator, step)))
  const written = reportWritten(report, [...steps, ...late], tookMs)
  await withUserPath(coordinator, 'writing', async () => {
    const hasDeletes = steps.some(({ kind }) => kind === 'delete')
    const areSeparate = steps.every(({ kind }) => kind === 'insert') || (reads.size > 0 && !hasDeletes)
    if (areSeparate) await applySeparately(merge, inForeignKeyOrder(steps, ends, reads), written)
    else await applyAsOneStatement(coordinator, steps, written)
    if (reads.size > 0 && late.every(({ into }) => into === undefined))
      await applySeparately(merge, inForeignKeyOrder(late, ends, reads), written)
    else await applyAsOneStatement(coordinator, late, written)
  })
  await followPutBack(coordinator, tablesPuttingBack(changed))
  // Foreign keys with actions may have changed children after the statement. None should have.
  const deleting = new Set(
    changed.filter(({ counts }) => counts.d + counts.m + counts.r > 0).map(({ table }) => table),
  )
  const acted = new Set(
    ends
      .filter((end) => actsOnDelete(end) && end.parent !== undefined && deleting.has(end.parent))
      .flatMap(({ child }) => child ?? []),
  )
  for (const table of acted) await expectEqual(coordinator, table)
}

/** If nothing is deleted, foreign keys are satisfied after each table, or after each group of tables that refer to each other. */
async function applySeparately(
  { coordinator, rights }: LockedMerge,
  groups: readonly StepGroup[],
  writing: Writing,
): Promise<void> {
  let free: Step[] = []
  for (const { steps, isCyclic } of groups) {
    if (!isCyclic) {
      free.push(...steps)
      continue
    }
    await applyInOrder(coordinator, rights, free, writing)
    free = []
    await applyAsOneStatement(coordinator, steps, writing)
  }
  await applyInOrder(coordinator, rights, free, writing)
}

async function expectEqual(session: Session, table: MergeTable): Promise<void> {
  // An undo table contains only the rows to put back. Without a key, there is nothing else to compare with.
  if (table.rows.kind === 'undo' && table.key === undefined) return
  for (const sql of [changesSql(table), deletedSql(table)]) {
    if (sql === undefined) continue
    // Uses count(*) instead of EXISTS, which would be planned for its first row, with a nested loop over all others.
    const { n } = await session.queryOne<{ n: number }>(`SELECT count(*)::float8 AS n FROM (${sql}) AS rows`)
    if (n > 0) throw changedByAction(table)
  }
}

function expectRowCount(table: MergeTable, actual: number, expected: number): void {
  if (actual !== expected) {
    throw new FailedError(
      `${displayName(table.target.name)}: has ${actual} rows after the merge instead of ${expected}`,
      {
        hint: 'A trigger, rule or foreign key of the target interferes. Nothing has changed; run `mbsync check`.',
      },
    )
  }
}

function changedByAction(table: MergeTable): FailedError {
  return new FailedError(
    `${displayName(table.target.name)}: a foreign key's ON DELETE action would change rows of it`,
    {
      hint: 'Its rows refer to rows that the run removes from the parent table: give both tables conditions (`where`) that fit each other, or grant the role `SET ON PARAMETER session_replication_role`.',
    },
  )
}
