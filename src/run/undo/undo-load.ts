import { RefusedError } from '../../core/errors.ts'
import { TableMap, TableSet } from '../../core/table-map.ts'
import { keptMark } from '../../core/watermark.ts'
import { readForeignKeys } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import { forgetLoads } from '../../state/loads.ts'
import { expectRunLock } from '../../state/run-lock.ts'
import { looksOf, readMergeXids, type UndoableRun } from '../../state/undo-sets.ts'
import type { MergeMode } from '../../transfer/inspect/inspection.ts'
import { probeMergeMode } from '../../transfer/inspect/probe-merge-mode.ts'
import { partitionOids } from '../../transfer/inspect/read-catalog.ts'
import { emptyTables } from '../../transfer/load/empty-tables.ts'
import type { Merged, MergedTable } from '../../transfer/merge/merge-plan.ts'
import { mergeNames } from '../../transfer/merge/merge-table.ts'
import { OwnerRights } from '../../transfer/merge/owner-rights.ts'
import { advanceSequences, setSequences } from '../../transfer/merge/set-sequences.ts'
import { cannotRestore } from '../../transfer/undo/undo-catalog.ts'
import { type BlockingMeasure, blockingMeasures } from '../../transfer/validate/blocking-measures.ts'
import { confirmCommit } from '../confirm-commit.ts'
import { lockLoaded } from '../load/empty-unfinished-load.ts'
import type { MergeOutcome } from '../merge-landed.ts'
import { outcomeOf } from '../run-records.ts'
import type { OpenRun } from '../with-run.ts'
import { checkUnchanged } from './check-unchanged.ts'
import { explainUndoViolation } from './explain-undo-violation.ts'
import { closeUndone, refuseObstacles } from './merge-undo.ts'
import type { UndoOptions } from './undo-options.ts'

/** Empties the tables that a run has loaded, and closes both runs in the same transaction. Readers of the tables wait meanwhile. */
export async function undoLoad(
  run: OpenRun,
  undone: UndoableRun,
  options: UndoOptions,
): Promise<MergeOutcome> {
  const { coordinator, context } = run
  context.report({ type: 'phase', phase: 'merge' })
  context.report({ type: 'merge-planned', tables: undone.tables.length })
  if (undone.targetVoid !== undefined && options.force) throw cannotTellApart(undone)
  const mode = await probeMergeMode(coordinator)
  const own = await readMergeXids(coordinator, looksOf(undone))
  const merged = await confirmCommit(run, (remember) =>
    coordinator.transaction('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', async () => {
      const tables = await lockLoaded(coordinator, undone.loads)
      const loaded = new TableMap(undone.loads.map((load) => [load.name, load]))
      expectAll(undone, tables)
      expectReadable(tables)
      const measures = measuresFor(tables, mode, options)
      for (const { before } of measures) await coordinator.define(before)
      const { report } = context
      await checkUnchanged({ ...run, mode, report, jobs: 1, tables: [] }, undone, options)
      const mark = await coordinator.queryOne<{ snapshot: string; xid: string }>(
        'SELECT txid_current_snapshot()::text AS snapshot, txid_current()::text AS xid',
      )
      const oids = partitionOids(tables)
      const ends = { foreignKeys: await readForeignKeys(coordinator, oids), oids: new Set(oids) }
      await emptyTables(coordinator, mode, tables, { xids: own, isAll: !options.force }).catch(
        (error: unknown) => {
          throw explainUndoViolation(error, ends)
        },
      )
      for (const { after } of measures) await coordinator.define(after)
      const wanted = undone.sequences.map(({ name, before, after }) => {
        return { name, values: [before], columns: [], isShared: false, left: after }
      })
      const rights = new OwnerRights(coordinator, new Map())
      const sequences = await setSequences({ coordinator, sequences: wanted, rights })
      const done: Merged = {
        mark: { snapshot: mark.snapshot, mergeXids: [mark.xid] },
        tables: tables.map((table) =>
          toMerged(table, run.id, loaded.get(table.name)?.rows ?? 0, mark.snapshot),
        ),
        sequences,
      }
      await expectRunLock(coordinator)
      await forgetLoads(coordinator, undone.id)
      await closeUndone(coordinator, run.id, undone, done, true)
      await advanceSequences(coordinator, sequences)
      remember(done)
      return done
    }),
  )
  return outcomeOf(merged, () => 0)
}

function toMerged(target: Table, runId: number, rows: number, snapshot: string): MergedTable {
  const { landing, changes } = mergeNames(runId, 0)
  return {
    table: {
      target,
      columns: [],
      kept: [],
      key: undefined,
      movedBy: [],
      rows: { kind: 'undo', table: landing, count: rows },
      changes: { kind: 'own', table: changes },
      undo: landing,
    },
    counts: { i: 0, u: 0, m: 0, d: rows, r: 0, l: 0, back: 0, before: rows, stays: 0, leftOut: 0 },
    mark: keptMark(undefined, snapshot),
    marked: { rows: 0, undated: 0, fingerprint: '0' },
    counters: undefined,
    writeCounters: undefined,
    durationMs: 0,
  }
}

function expectAll({ loads }: UndoableRun, tables: readonly Table[]): void {
  const there = new TableSet(tables.map(({ name }) => name))
  const missing = loads.find(({ name, rows }) => rows > 0 && !there.has(name))
  if (missing === undefined) return
  throw cannotRestore(missing.name, 'the table is missing')
}

/** Rows that the role cannot see cannot be compared with what the run has loaded. */
function expectReadable(tables: readonly Table[]): void {
  const unread = tables.find(({ partitions }) =>
    partitions.some(({ canSelect, canUseSchema }) => !canSelect || !canUseSchema),
  )
  if (unread === undefined) return
  const hint =
    'Nothing has changed. Grant the role SELECT on the table and USAGE on its schema, then roll back again.'
  throw cannotRestore(unread.name, 'its rows cannot be read', hint)
}

/** If policies hide rows of other sessions, these would be deleted unseen. */
function measuresFor(
  tables: readonly Table[],
  mode: MergeMode,
  options: UndoOptions,
): readonly BlockingMeasure[] {
  const obstacles = { tables, mode, rules: [], violated: [], outside: [] }
  const measures = blockingMeasures(obstacles)
  refuseObstacles(obstacles, measures, options)
  return measures
}

function cannotTellApart({ id, targetVoid }: UndoableRun): RefusedError {
  return new RefusedError(
    `Run ${id} loaded empty tables, and its rows cannot be distinguished from others now: ${targetVoid}`,
    { hint: 'Nothing has changed. To empty the tables, truncate them by hand.' },
  )
}
