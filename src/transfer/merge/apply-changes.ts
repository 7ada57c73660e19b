import { FailedError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import {
  MARK_COLUMNS,
  type MarkedRows,
  markedSql,
  readMarkedRows,
  type WriteMark,
} from '../foreign-writes.ts'
import { applyAsOneStatement, applyStepByStep } from './apply.ts'
import { lateStepsFor, type Step, stepsFor } from './apply-sql.ts'
import { changesSql, vanishedSql } from './compare-sql.ts'
import { actsOnDelete, foreignKeyEnds } from './foreign-key-ends.ts'
import type { ComparedTable, LockedMerge } from './merge-plan.ts'
import type { MergeTable } from './merge-table.ts'
import { targetSql } from './row-sql.ts'
import { refuseActionsOutside } from './spread-reinserts.ts'
import { suspendTriggers } from './suspend-triggers.ts'

/**
 * Writes the changes with user triggers suspended, and proves that each table holds the rows that it should.
 * @returns the tables as they now stand
 */
export async function applyChanges(
  merge: LockedMerge,
  mark: WriteMark,
  changed: readonly ComparedTable[],
): Promise<Map<MergeTable, ComparedTable>> {
  const { coordinator } = merge
  const oids = new Set(changed.flatMap(({ table }) => table.target.members.map((member) => member.oid)))
  const restoreTriggers = await suspendTriggers(
    coordinator,
    merge.triggers.filter(({ relationOid }) => oids.has(relationOid)),
  )
  if (merge.mode === 'owner') await applyAsOwner(merge, changed)
  else await applyInReplicaRole(merge, changed)
  // What code has deferred runs here.
  await withUserPath(coordinator, 'writing', restoreTriggers)
  const written = new Map<MergeTable, ComparedTable>()
  for (const merged of changed) {
    const { table, counts } = merged
    const expected = counts.before + counts.i + counts.l - counts.d
    const marked = await markAgain(merge, merged, mark, expected)
    expectRowCount(table, marked.rows, expected)
    written.set(table, { ...merged, marked })
  }
  return written
}

/** Rows that nobody but mbsync can have written have nothing to be read against the mark. */
async function markAgain(
  merge: LockedMerge,
  { table, marked }: ComparedTable,
  mark: WriteMark,
  expectedRows: number,
): Promise<MarkedRows> {
  const { coordinator, rights } = merge
  const read = rights.reading(table)
  if (marked.undated > 0)
    return read(markedSql(targetSql(table)), MARK_COLUMNS, (select) =>
      readMarkedRows(coordinator, `(${select})`, mark),
    )
  if (isUndisturbed(merge, table)) return { ...marked, rows: expectedRows }
  const { rows } = await read(
    `SELECT count(*)::float8 AS rows FROM ${targetSql(table)}`,
    ['rows float8'],
    (select) => coordinator.queryOne<{ rows: number }>(select),
  )
  return { ...marked, rows }
}

/** Where nothing fires, none but the statements of the merge have written, and each has touched as many rows as it should. */
function isUndisturbed({ mode, triggers, blocking, rights }: LockedMerge, table: MergeTable): boolean {
  const hasOwnCode = rights.roleOf(table) !== undefined
  return mode === 'replica role' && triggers.length === 0 && blocking.length === 0 && !hasOwnCode
}

async function applyInReplicaRole(
  { coordinator, report, rights }: LockedMerge,
  changed: readonly ComparedTable[],
): Promise<void> {
  await coordinator.execute('SET LOCAL session_replication_role = replica')
  const steps = changed.flatMap(({ table, counts }) => stepsFor(table, counts))
  const remaining = new Map(
    changed.map(({ table }) => [table, steps.filter((step) => step.table === table).length]),
  )
  await withUserPath(coordinator, 'writing', () =>
    applyStepByStep(rights, steps, ({ table, rows }, durationMs) => {
      report({ type: 'rows-written', table: table.target.name, rows, durationMs })
      const left = (remaining.get(table) ?? 0) - 1
      remaining.set(table, left)
      if (left === 0) report({ type: 'table-merged', table: table.target.name })
    }),
  )
  await coordinator.execute('SET LOCAL session_replication_role = origin')
}

async function applyAsOwner(merge: LockedMerge, changed: readonly ComparedTable[]): Promise<void> {
  const { coordinator, report } = merge
  const ends = foreignKeyEnds(merge.foreignKeys, merge.tables)
  await refuseActionsOutside(coordinator, ends)
  await withUserPath(coordinator, 'writing', () =>
    applyAsOneStatement(
      coordinator,
      changed.flatMap(({ table, counts }) => stepsFor(table, counts)),
    ),
  )
  const late = changed.filter(({ counts }) => counts.r + counts.l > 0)
  const steps: Step[] = []
  for (const { table, counts } of late) {
    const { n: unchanged } = await coordinator.queryOne<{ n: number }>(
      `SELECT count(*)::float8 AS n FROM ${relation(table.changes)} WHERE op = 'r' AND lid IS NULL`,
    )
    steps.push(...lateStepsFor(table, counts, unchanged))
  }
  await withUserPath(coordinator, 'writing', () => applyAsOneStatement(coordinator, steps))
  // Foreign keys with actions may have changed children behind the statement's back; none should have.
  const acted = new Set(ends.filter(actsOnDelete).flatMap(({ child }) => child ?? []))
  for (const table of acted) await expectEqual(coordinator, table)
  for (const { table } of changed) report({ type: 'table-merged', table: table.target.name })
}

async function expectEqual(session: Session, table: MergeTable): Promise<void> {
  // An undo table lists rows to put back, not all rows: without a key there is nothing left to compare with.
  if (table.rows.kind === 'undo' && table.key === undefined) return
  for (const sql of [changesSql(table), vanishedSql(table)]) {
    if (sql === undefined) continue
    // Counted, not asked with EXISTS: that would be planned for its first row, with a nested loop over all others.
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
