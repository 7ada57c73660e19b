import type { RunRules } from '../../config/config.ts'
import { FailedError, RefusedError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import { batchesOf, TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import type { Session } from '../../postgres/session.ts'
import { expectRunLock } from '../../state/run-lock.ts'
import { finishRun, totalOf } from '../../state/runs.ts'
import {
  looksOf,
  markRolledBack,
  readMergeXids,
  readPreviousMarks,
  type UndoableRun,
} from '../../state/undo-sets.ts'
import { replaceWatermarks } from '../../state/watermarks.ts'
import { probeMergeMode } from '../../transfer/inspect/probe-merge-mode.ts'
import { partitionOids } from '../../transfer/inspect/read-catalog.ts'
import { NOTHING_COPIED } from '../../transfer/land/copied.ts'
import { explainingNames, explainUnresolved } from '../../transfer/merge/explain-unresolved.ts'
import { merge } from '../../transfer/merge/merge.ts'
import type { Merged } from '../../transfer/merge/merge-plan.ts'
import { sharedListName } from '../../transfer/merge/merge-table.ts'
import { holdsForeignWrites } from '../../transfer/target-writes/foreign-writes.ts'
import { planUndo } from '../../transfer/undo/plan-undo.ts'
import { expectSameUndoCatalog, readUndoCatalog } from '../../transfer/undo/undo-catalog.ts'
import { isInserted } from '../../transfer/undo/undo-columns.ts'
import { restoreLargeObjects } from '../../transfer/undo/undo-large-objects.ts'
import type { BlockingMeasure, Obstacles } from '../../transfer/validate/blocking-measures.ts'
import { impassableObstacles } from '../../transfer/validate/obstacles.ts'
import { confirmCommit } from '../confirm-commit.ts'
import type { MergeOutcome } from '../merge-landed.ts'
import { describeSequence, describeTable, outcomeOf } from '../run-records.ts'
import type { OpenRun } from '../with-run.ts'
import { checkUnchanged } from './check-unchanged.ts'
import { explainDemandedColumn, explainUndoViolation } from './explain-undo-violation.ts'
import type { UndoOptions } from './undo-options.ts'

/** Merges the undo set of a run back, and closes both runs in the same transaction. */
export async function mergeUndo(
  { jobs }: Pick<RunRules, 'jobs'>,
  run: OpenRun,
  undone: UndoableRun,
  options: UndoOptions,
): Promise<MergeOutcome> {
  const { target, coordinator, context } = run
  context.report({ type: 'phase', phase: 'merge' })
  const catalog = await readUndoCatalog(coordinator, undone.tables)
  const mode = await probeMergeMode(coordinator)
  const { obstacles, ...undo } = await explainingNames(coordinator, catalog.tables, () =>
    planUndo(coordinator, run.id, undone.tables, mode, catalog),
  )
  refuseObstacles(obstacles, undo.blocking, options)
  const sequences = undone.sequences.map(({ name, before, after }) => {
    return { name, values: [before], columns: [], isShared: false, left: after }
  })
  const plan = {
    ...undo,
    coordinator,
    target,
    sequences,
    readMergeXids: () => readMergeXids(coordinator, looksOf(undone)),
    seenBefore: run.seen,
    sharedList: sharedListName(run.id),
    jobs,
    report: context.report,
  }
  const merged = await confirmCommit(run, (remember) =>
    merge(plan, {
      locked: () => expectSameUndoCatalog(coordinator, undone.tables, catalog),
      readable: () => checkUnchanged(plan, undone, options),
      beforeCommit: async (done) => {
        // Code of a table's owner may have released it.
        await expectRunLock(coordinator)
        if (!options.force) await expectAllFound(coordinator, done)
        const isPristine = await restoresWhatTheRunBeforeLeft(coordinator, undone)
        if (undone.largeObjects !== undefined) await restoreLargeObjects(coordinator, undone.largeObjects)
        await closeUndone(coordinator, run.id, undone, done, isPristine)
        remember(done)
      },
    }),
  ).catch(async (error: unknown) => {
    const ends = { foreignKeys: catalog.foreignKeys, oids: new Set(partitionOids(catalog.tables)) }
    const demanded = explainDemandedColumn(error, undone)
    const explained = demanded === error ? explainUndoViolation(error, ends) : demanded
    throw await explainUnresolved(coordinator, explained, catalog.tables)
  })
  return outcomeOf(merged, () => 0)
}

/** Closes both runs, in the transaction that undoes the first. */
export async function closeUndone(
  coordinator: Session,
  runId: number,
  undone: UndoableRun,
  done: Merged,
  isPristine: boolean,
): Promise<void> {
  await markRolledBack(coordinator, undone)
  const names = [...undone.tables.map(({ name }) => name), ...undone.staying]
  await replaceWatermarks(coordinator, runId, names, [])
  const tables = done.tables.map((table) => describeTable(table, NOTHING_COPIED))
  await finishRun(coordinator, runId, {
    tables,
    total: totalOf(tables),
    sequences: done.sequences.map(describeSequence),
    mergeSnapshot: done.mark.snapshot,
    wroteForeignRows: !isPristine,
  })
}

/** Refuses to undo a run if there are obstacles. */
export function refuseObstacles(
  obstacles: Obstacles,
  measures: readonly BlockingMeasure[],
  { allowBlocking }: Pick<UndoOptions, 'allowBlocking'>,
): void {
  const impassable = impassableObstacles(obstacles)
  if (impassable.length > 0) {
    throw new RefusedError('The role may not undo the run; nothing has changed', {
      findings: impassable.map(({ hint: _, ...finding }) => finding),
      hint: 'Roll back as the owner of these tables, or as a role with BYPASSRLS.',
    })
  }
  if (allowBlocking || measures.length === 0) return
  throw new RefusedError('The run can only be undone while readers are blocked; nothing has changed', {
    findings: measures.map(({ relation: name, reason }) => ({
      severity: 'error',
      subject: displayName(name),
      message: reason,
    })),
    hint: 'Run again with --allow-blocking: readers of these tables then wait until the rollback is done.',
  })
}

/** If nothing has changed since the run, every row that it inserted must still exist, so that it can be removed. */
async function expectAllFound(session: Session, { tables }: Merged): Promise<void> {
  for (const batch of batchesOf(tables, TABLES_AT_ONCE)) {
    const counts = batch.map(
      ({ table }, at) =>
        `SELECT ${at} AS at, count(*)::float8 AS n FROM ${relation(table.rows.table)} AS u WHERE ${isInserted('u')}`,
    )
    const counted = await session.query<{ at: number; n: number }>(counts.join('\nUNION ALL\n'))
    for (const { at, n: inserted } of counted) {
      const merged = batch[at]
      if (merged === undefined || merged.counts.d === inserted) continue
      throw new FailedError(
        `${displayName(merged.table.target.name)}: ${merged.counts.d} of the ${inserted} rows that the run inserted were found again`,
        {
          hint: 'Nothing has changed. The table is no longer what it was at the run: compare its columns and keys.',
        },
      )
    }
  }
}

/**
 * Rows that other sessions wrote between the last two runs come back with the xmin of this transaction. A rollback of the earlier run would
 * take them for mbsync's own.
 */
async function restoresWhatTheRunBeforeLeft(session: Session, undone: UndoableRun): Promise<boolean> {
  const previous = await readPreviousMarks(session, undone.id)
  if (previous === undefined) return true
  // Changing a type or adding a column rewrites all rows, with the transaction id of the run.
  if (undone.followed.length > 0) return false
  const undo = undone.tables.flatMap(({ name, undo: table }) => {
    if (table === undefined) return []
    const { lookedIn, mergeSnapshot } = previous.marks.get(name) ?? previous.other
    return [{ table, lookedIn, snapshot: mergeSnapshot }]
  })
  const mergeXids = await readMergeXids(
    session,
    undo.map(({ lookedIn }) => lookedIn),
  )
  for (const batch of batchesOf(undo, TABLES_AT_ONCE))
    if (await holdsForeignWrites(session, batch, mergeXids)) return false
  return true
}
