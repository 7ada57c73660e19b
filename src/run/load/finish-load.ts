import { setTimeout as sleep } from 'node:timers/promises'
import type { RunRules } from '../../config/config.ts'
import { FailedError, UnknownOutcomeError } from '../../core/errors.ts'
import { keptMark } from '../../core/watermark.ts'
import type { Database } from '../../postgres/database.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { expectRunLock } from '../../state/run-lock.ts'
import { type Copied, NOTHING_COPIED } from '../../transfer/land/copied.ts'
import type { LoadedTable } from '../../transfer/load/load-plan.ts'
import type { Merged, MergedTable } from '../../transfer/merge/merge-plan.ts'
import { type MergeNames, type MergeTable, mergeNames, mergeTable } from '../../transfer/merge/merge-table.ts'
import { OwnerRights } from '../../transfer/merge/owner-rights.ts'
import { tableSql } from '../../transfer/merge/row-sql.ts'
import {
  advanceSequences,
  type SetSequence,
  setSequences,
  type WantedSequence,
} from '../../transfer/merge/set-sequences.ts'
import { readMarkedRows, type WriteMark } from '../../transfer/target-writes/foreign-writes.ts'
import type { AfterScript } from '../after/read-scripts.ts'
import { type RanAfter, readAgain, runAfter } from '../after/run-after.ts'
import { confirmCommit } from '../confirm-commit.ts'
import { createLast } from '../creation/create-objects.ts'
import type { LandedRun } from '../land-parts.ts'
import {
  type MergeOutcome,
  partitionsOf,
  type RecordedRun,
  recordRun,
  wantedSequences,
} from '../merge-landed.ts'
import { outcomeOf } from '../run-records.ts'
import type { OpenRun } from '../with-run.ts'
import { emptyAfterFailure } from './empty-unfinished-load.ts'
import { giveUp, type Loaded, type LoadedShare } from './load-into.ts'

/** A run whose rows are in the tables, but not yet committed. */
export interface LoadedRun extends RecordedRun, Pick<LandedRun, 'plan' | 'bytes'> {
  readonly loaded: Loaded
}

/**
 * Commits a load, and finishes the run. The transactions of the tables commit one after the other, and the transaction of the run commits
 * last. If it does not get that far, this run or the next one empties the tables again.
 */
export async function finishLoad(
  rules: RunRules,
  run: OpenRun,
  loadedRun: LoadedRun,
  after: readonly AfterScript[] = [],
): Promise<MergeOutcome> {
  const { target, context } = run
  const { shares } = loadedRun.loaded
  const { mode } = loadedRun.inspection.target
  context.report({ type: 'phase', phase: 'merge' })
  context.report({ type: 'merge-planned', tables: loadedRun.inspection.pairs.length })
  const tables = new Map(tablesOf(shares).map((table) => [table.pair.target.oid, table]))
  const copiedOf = ({ target: { oid } }: MergeTable) => tables.get(oid)?.copied ?? NOTHING_COPIED
  let isCommitting = false
  let ran: RanAfter | undefined
  const commitShares = async () => {
    context.signal.throwIfAborted()
    isCommitting = true
    for (const share of shares) await commitShare(target, share)
  }
  const merged = await confirmCommit(run, (remember) =>
    run.coordinator.transaction('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', async () => {
      await expectRunLock(run.coordinator)
      // This may fail, so it comes before the first COMMIT.
      await createLast(target, run.coordinator, mode, loadedRun.creation?.last ?? [], rules)
      const { done, ran: own } = await commitLoad(run, loadedRun, copiedOf, commitShares, after)
      ran = own
      remember(done)
      return done
    }),
  ).catch(async (error: unknown) => {
    await giveUp(shares.map(({ session }) => session))
    // If even the last COMMIT may have succeeded, its outcome decides.
    if (!isCommitting || error instanceof UnknownOutcomeError) throw error
    const state = await emptyAfterFailure(target, run.id, run.context)
    if (!(error instanceof AfterFailed)) throw error
    throw new FailedError(error.message, { cause: error, hint: `${state} Correct the file, and run again.` })
  })
  for (const { session } of shares) target.giveBack(session)
  for (const { table, counts, durationMs } of merged.tables) {
    const { name } = table.target
    context.report({ type: 'rows-written', table: name, rows: counts.i, durationMs })
    context.report({ type: 'table-merged', table: name })
  }
  const outcome = outcomeOf(merged, (table) => copiedOf(table).durationMs)
  // Tables that the load has analyzed need not be analyzed again.
  const again = new Set(merged.tables.flatMap((each) => (each.changedByAfter ? each.table.target.oid : [])))
  const changed = outcome.changed.map(({ table, share }) => {
    const isAnalyzed = tables.get(table.oid)?.isAnalyzed === true && !again.has(table.oid)
    return { table, share: isAnalyzed ? 0 : share }
  })
  return { ...outcome, changed, ...(ran === undefined ? {} : { after: ran }) }
}

/** Sequences whose values depend on the rows, or that other columns of the target use, are set after the rows are committed. */
async function commitLoad(
  run: OpenRun,
  loadedRun: LoadedRun,
  copiedOf: (table: MergeTable) => Copied,
  commitShares: () => Promise<void>,
  after: readonly AfterScript[],
): Promise<AfterLoad> {
  const { coordinator } = run
  const { inspection, loaded } = loadedRun
  const { xid } = await coordinator.queryOne<{ xid: string }>('SELECT txid_current()::text AS xid')
  const wanted = wantedSequences(inspection)
  const isEarly = ({ columns, isShared }: WantedSequence) => columns.length === 0 && !isShared
  const early = await setAll(coordinator, wanted.filter(isEarly))
  await commitShares()
  const late = await setAll(
    coordinator,
    wanted.filter((sequence) => !isEarly(sequence)),
  )
  const rows: Merged = {
    mark: { snapshot: loaded.targetSnapshot, mergeXids: [xid] },
    tables: toMerged(tablesOf(loaded.shares), run.id, loaded.targetSnapshot),
    sequences: [...early, ...late],
  }
  const loadXids = loaded.shares.map((share) => share.xid)
  await advanceSequences(coordinator, rows.sequences)
  const { done, ran } = await runAfterLoad(run, inspection, rows, loadXids, after)
  await recordRun(run, loadedRun, done, { copiedOf, mode: 'full', childXids: loadXids, after: ran?.record })
  return { done, ran }
}

/** What has been loaded, after SQL of `after` has run. */
interface AfterLoad {
  readonly done: Merged
  readonly ran?: RanAfter | undefined
}

/** SQL of `after` has failed: the rows are committed by then. */
class AfterFailed extends FailedError {}

/** A rollback empties the tables, whatever has been written to them. */
async function runAfterLoad(
  { coordinator, id, context }: OpenRun,
  inspection: LoadedRun['inspection'],
  loaded: Merged,
  loadXids: readonly string[],
  after: readonly AfterScript[],
): Promise<AfterLoad> {
  if (after.length === 0) return { done: loaded }
  const ran = await runAfter(coordinator, id, after, partitionsOf(inspection), context).catch(
    (error: unknown) => {
      throw error instanceof FailedError && !(error instanceof DatabaseError)
        ? new AfterFailed(error.message, { cause: error })
        : error
    },
  )
  const mark = { ...loaded.mark, mergeXids: [...loadXids, ...loaded.mark.mergeXids] }
  const tables: MergedTable[] = []
  for (const each of loaded.tables) {
    const { target } = each.table
    const isWritten = target.partitions.some(({ oid }) => ran.written.has(oid))
    tables.push(isWritten ? await markAgain(coordinator, each, mark) : each)
  }
  return { done: { ...loaded, tables, sequences: await readAgain(coordinator, loaded.sequences) }, ran }
}

/** A dropped table has no rows any more. */
async function markAgain(coordinator: Session, each: MergedTable, mark: WriteMark): Promise<MergedTable> {
  const { target } = each.table
  const { isThere } = await coordinator.queryOne<{ isThere: boolean }>(
    `SELECT coalesce(to_regclass($1)::oid = $2::int8::oid, false) AS "isThere"`,
    [relation(target.name), target.oid],
  )
  const marked = isThere
    ? await withUserPath(coordinator, 'reading', () => readMarkedRows(coordinator, tableSql(target), mark))
    : { ...each.marked, rows: 0 }
  return { ...each, marked, writeCounters: undefined, changedByAfter: 'undoable' }
}

function setAll(coordinator: Session, sequences: readonly WantedSequence[]): Promise<SetSequence[]> {
  const rights = new OwnerRights(coordinator, new Map())
  return withUserPath(coordinator, 'reading', () => setSequences({ coordinator, sequences, rights }))
}

function tablesOf(shares: readonly LoadedShare[]): LoadedTable[] {
  return shares.flatMap(({ tables }) => tables)
}

/** A load counts as a merge into nothing: every row was inserted, and only by transactions that are known. */
function toMerged(tables: readonly LoadedTable[], runId: number, snapshot: string): MergedTable[] {
  const names = namesOfLoad(runId)
  const mark = keptMark(undefined, snapshot)
  return tables.map(({ pair, copied, staying, buildMs, writeCounters }) => {
    const table = mergeTable(pair, names, copied.rows, undefined)
    const inserted = copied.rows - staying.leftOut
    return {
      table: { ...table, stays: table.stays && { ...table.stays, condition: undefined } },
      counts: { i: inserted, u: 0, m: 0, d: 0, r: 0, l: 0, back: 0, before: staying.stays, ...staying },
      mark,
      // Every row counts, including those that stay.
      marked: { rows: inserted + staying.stays, undated: 0, fingerprint: '0' },
      counters: writeCounters,
      writeCounters,
      durationMs: buildMs,
    }
  })
}

/** Nothing has landed, and there is no undo set: tables that were empty are emptied again. So all tables share names that nothing has. */
function namesOfLoad(runId: number): MergeNames {
  const { landing, staying } = mergeNames(runId, 0)
  const none = { kept: landing, texts: landing, keys: landing, deleted: landing, changes: landing }
  return { ...none, landing, staying, undo: landing }
}

const ASK_EVERY_MS = 500

/** If the answer is lost, the server is asked how the transaction ended. An abort must not happen between two commits. */
async function commitShare(target: Database, { session, xid }: LoadedShare): Promise<void> {
  try {
    await session.withoutAbort().execute('COMMIT')
  } catch (error) {
    if (!(error instanceof DatabaseError && error.isConnectionLost)) throw error
    for (const lastMs = performance.now() + target.silenceMs; performance.now() < lastMs; ) {
      const status = await target
        .withClosingSession((asking) =>
          asking.queryOne<{ status: string | null }>('SELECT pg_catalog.txid_status($1::int8) AS status', [
            xid,
          ]),
        )
        .then(
          ({ status: found }) => found,
          () => null,
        )
      if (status === 'committed') return
      if (status === 'aborted') break
      await sleep(ASK_EVERY_MS)
    }
    throw error
  }
}
