import { InterruptedError, UnknownOutcomeError } from '../core/errors.ts'
import { settledInOrder } from '../core/settled-in-order.ts'
import type { Database } from '../postgres/database.ts'
import { nameLockHolder } from '../postgres/name-lock-holder.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import { hasCreated, mayHaveCreated } from '../state/created-objects.ts'
import { readUnfinishedLoads } from '../state/loads.ts'
import { migrate, stateOf } from '../state/migrate.ts'
import { closeRun, type NewRun, openRun } from '../state/runs.ts'
import { readSwaps } from '../state/swaps.ts'
import { dropUnknownUndoTables } from '../state/undo-sets.ts'
import { readUnfinishedTables, type UnfinishedTable } from '../state/unfinished-tables.ts'
import { dropLandingTables } from '../transfer/land/landing-tables.ts'
import { type SeenSessions, seeStrangers } from '../transfer/target-writes/write-counters.ts'
import { acrossSwaps, awaitRunLock } from './await-run-lock.ts'
import { takeBackCreated } from './creation/take-back-created.ts'
import { describeFailure, exitCodeOf } from './describe-failure.ts'
import { emptyUnfinishedLoads } from './load/empty-unfinished-load.ts'
import { RunCourse } from './run-course.ts'
import { dropLeftOver } from './swap/drop-database.ts'

/** An open run: its number, its target, and the session that holds the lock and also merges. */
export interface OpenRun {
  readonly id: number
  readonly target: Database
  readonly coordinator: Session
  /** The sessions of other processes in the target when the run began. */
  readonly seen: SeenSessions
  /** The tables whose change by an earlier run nothing has followed upon, because that run died. */
  readonly followUps: readonly UnfinishedTable[]
  /** The reporter of its progress from now on. */
  readonly context: JobContext
}

/** What happens before the work of a run. */
export interface Opening {
  /** With the run lock held, before any table is written. A rollback may already have updated the state. */
  readonly before?: (coordinator: Session) => Promise<void>
  readonly openWith: (coordinator: Session) => Promise<NewRun>
}

/**
 * Opens a run on the target, and closes it however `work` ends: lock, state schema, leftovers of dead runs, run row. The lock belongs to
 * the coordinator's session, so a crash releases it.
 */
export async function withRun<T extends object>(
  target: Database,
  context: JobContext,
  { before, openWith }: Opening,
  work: (run: OpenRun) => Promise<T>,
): Promise<T> {
  const { coordinator, hasWaited, mayBeLeft } = await acrossSwaps(target, context, lockWith(context))
  // The run that held the lock may have left something only now.
  if (hasWaited || mayBeLeft) await dropLeftovers(coordinator, context)
  await before?.(coordinator)
  await migrate(coordinator)
  const run = await openWith(coordinator)
  const clearing = Promise.all([
    readUnfinishedLoads(coordinator),
    dropLandingTables(coordinator),
    dropUnknownUndoTables(coordinator),
  ])
  clearing.catch(() => undefined)
  const [seen, followUps, id, swaps] = await Promise.all([
    seeStrangers(target, coordinator),
    readUnfinishedTables(coordinator),
    openRun(coordinator, run),
    // After openRun(), which finds out which runs have died.
    readSwaps(coordinator),
  ])
  const course = new RunCourse(target, id, run.profile, context)
  course.context.report({ type: 'run-opened', runId: id, profile: run.profile })
  try {
    const [unfinished] = await clearing
    await emptyUnfinishedLoads(coordinator, unfinished, course.context)
    await dropLeftOver(target, coordinator, swaps, course.context)
    const opened = { id, target, coordinator, seen, followUps, context: course.context }
    const result = await work(opened)
    await course.end(result, coordinator)
    return result
  } catch (error) {
    if (error instanceof UnknownOutcomeError) {
      // The COMMIT may hold the run row, and a record of its own would wait for the same standby.
      await course.leaveOpen()
      throw error
    }
    // A run that was interrupted after the merge reports that itself.
    const reason =
      context.signal.aborted && !(error instanceof InterruptedError)
        ? context.signal.reason
        : await nameLockHolder(coordinator, error)
    await writeDownFailure(target, id, reason, coordinator.isOpen, course.context)
    await course.end({ exitCode: exitCodeOf(reason) }, coordinator)
    throw reason
  }
}

function lockWith(context: JobContext) {
  return async (coordinator: Session, lockWaitMs: number) => {
    const [hasWaited, mayBeLeft] = await settledInOrder([
      awaitRunLock(coordinator, { ...context, lockWaitMs }),
      mayHaveCreated(coordinator),
    ])
    return { coordinator, hasWaited, mayBeLeft }
  }
}

/** This comes before anything is judged: objects that a dead run created do not count as the target's own. */
async function dropLeftovers(coordinator: Session, context: JobContext): Promise<void> {
  if ((await stateOf(coordinator)) !== 'current' || !(await hasCreated(coordinator))) return
  // Objects with rows are not dropped.
  await emptyUnfinishedLoads(coordinator, await readUnfinishedLoads(coordinator), context)
  await dropLandingTables(coordinator)
  await dropUnknownUndoTables(coordinator)
  await takeBackCreated(coordinator, context)
}

/**
 * Uses a session of its own, because the coordinator's may be lost, or in the middle of a statement. Never throws.
 * @param hasEnded whether the transaction of the merge is known to have ended; if it may still commit, its undo set is needed
 */
async function writeDownFailure(
  target: Database,
  id: number,
  error: unknown,
  hasEnded: boolean,
  context: JobContext,
): Promise<void> {
  await target
    .withClosingSession(async (session) => {
      await closeRun(session, id, describeFailure(error))
      await dropLandingTables(session)
      if (!hasEnded) return
      await dropUnknownUndoTables(session)
      await takeBackCreated(session, context)
    })
    // The next run closes it as abandoned, and drops what is left.
    .catch(() => undefined)
}
