import { databaseArgument } from '../config/command-arguments.ts'
import type { RunRules } from '../config/config.ts'
import { RefusedError } from '../core/errors.ts'
import { displayName } from '../core/table-name.ts'
import { VERSION } from '../core/version.ts'
import { readAllEventTriggers } from '../postgres/catalog/read-event-triggers.ts'
import type { Session } from '../postgres/session.ts'
import { expectYes } from '../progress/confirm.ts'
import type { JobContext } from '../progress/job-context.ts'
import { acrossSwaps, awaitRunLock } from '../run/await-run-lock.ts'
import { withTarget } from '../run/databases.ts'
import { finishRun } from '../run/finish-run.ts'
import { judgeEventTriggers } from '../run/judge-event-triggers.ts'
import { emptyUnfinishedLoads } from '../run/load/empty-unfinished-load.ts'
import { refuseFindings } from '../run/refuse-findings.ts'
import { refuseProtectedTarget } from '../run/refuse-unsafe-target.ts'
import type { TableOutcome, Warning } from '../run/run-result.ts'
import { swapBack } from '../run/swap/swap-back.ts'
import { askAboutRollback } from '../run/undo/ask-about-rollback.ts'
import { mergeUndo } from '../run/undo/merge-undo.ts'
import { undoLoad } from '../run/undo/undo-load.ts'
import type { UndoOptions } from '../run/undo/undo-options.ts'
import { withRun } from '../run/with-run.ts'
import { readKeptByAfter } from '../state/after.ts'
import type { CreatedCounts } from '../state/created-objects.ts'
import { readUnfinishedLoads } from '../state/loads.ts'
import { hasState, migrate, stateOf } from '../state/migrate.ts'
import { readCollections } from '../state/search-collections.ts'
import { findLastSwap } from '../state/swaps.ts'
import { findUndoableRun, type UndoableRun } from '../state/undo-sets.ts'

/** What a rollback restored. */
export interface RollbackResult {
  /** The run that did the rolling back. */
  readonly runId: number
  /** The run that was undone. */
  readonly undoneRunId: number
  readonly durationMs: number
  /** What the undone run had created: it stays. */
  readonly created: CreatedCounts
  /** What the undone run had changed in the schema: it stays. */
  readonly followed: CreatedCounts
  readonly tables: readonly TableOutcome[]
  readonly sequencesSet: number
  /** The database that the target was until then, where the undone run had replaced another. */
  readonly undoneDatabase?: string
  readonly warnings: readonly Warning[]
}

/** What a rollback needs of the rules of a run. */
export type RollbackRules = Pick<RunRules, 'to' | 'jobs' | 'timeouts' | 'undoRuns' | 'swap'>

/** What `mbsync rollback` can be asked. */
export interface RollbackOptions extends UndoOptions {
  /** The profile that the last run must be of; undefined for any. */
  readonly profile: string | undefined
}

/**
 * Restores the target to its state before its last run: one more merge, from the undo set, or by giving its name back to the database that it has replaced.
 * @throws RefusedError if there is nothing to undo, it is not confirmed, or the target changed since and `force` is not set
 */
export async function rollback(
  rules: RollbackRules,
  options: RollbackOptions,
  context: JobContext,
): Promise<RollbackResult> {
  const startedAt = performance.now()
  return withTarget(rules, context, async (target) => {
    const guard = await acrossSwaps(target, context, async (session, lockWaitMs) => {
      await refuseProtectedTarget(rules, session)
      // A run that has not ended yet may become the last one.
      await awaitRunLock(session, { ...context, lockWaitMs })
      return session
    })
    await emptyUnfinished(guard, context)
    // The state of an earlier version can only be read once it has been brought up to date.
    const isSwap = (await stateOf(guard)) === 'current' && (await findLastSwap(guard)) !== undefined
    if (!isSwap && (await stateOf(guard)) !== 'outdated') await findRun(rules, options, guard)
    const behind = isSwap ? await warnOfSearch(guard) : []
    await guard.query('SELECT pg_advisory_unlock_all()')
    await guard.end()
    if (isSwap) {
      const done = await swapBack(rules, options.profile, target, context)
      const durationMs = Math.round(performance.now() - startedAt)
      return { ...done, durationMs, created: [], followed: [], tables: [], sequencesSet: 0, warnings: behind }
    }
    // Looked up again under the lock: another run may have ended meanwhile.
    const before = async (coordinator: Session) => {
      if ((await stateOf(coordinator)) === 'outdated') await migrate(coordinator)
      const run = await findRun(rules, options, coordinator)
      const names = run.tables.map(({ name }) => name)
      const triggers = await readAllEventTriggers(coordinator)
      const judged = await judgeEventTriggers(target, coordinator, triggers, async () => names)
      refuseFindings(judged.findings)
      await expectYes(context, askAboutRollback(rules.to.name, run, options))
    }
    const openWith = async (coordinator: Session) => {
      const { id: undoneRun, profile } = await findRun(rules, options, coordinator)
      return { profile, mode: 'rollback' as const, version: VERSION, undoneRun }
    }
    return withRun(target, context, { before, openWith }, async (run) => {
      const undone = await findRun(rules, options, run.coordinator)
      const merged =
        undone.loads.length > 0
          ? await undoLoad(run, undone, options)
          : await mergeUndo(rules, run, undone, options)
      const isChanged = merged.outcomes.some((table) => table.inserted + table.updated + table.deleted > 0)
      const warnings = [
        ...(await finishRun(rules, run, merged)),
        ...warnOfAfter(undone),
        ...(isChanged ? await warnOfSearch(run.coordinator) : []),
      ]
      return {
        runId: run.id,
        undoneRunId: undone.id,
        durationMs: Math.round(performance.now() - startedAt),
        created: undone.created,
        followed: undone.followed,
        tables: merged.outcomes,
        sequencesSet: merged.sequencesSet,
        warnings,
      }
    })
  })
}

/** What stays of what SQL of `after` has done, as only rows of the tables of the run are written back. */
function warnOfAfter({ id, after }: UndoableRun): Warning[] {
  if (after === undefined || (after.elsewhere.length === 0 && !after.hasDefined)) return []
  const stays = [
    ...(after.elsewhere.length === 0 ? [] : [`rows of ${after.elsewhere.join(', ')}`]),
    ...(after.hasDefined ? ['definitions'] : []),
  ]
  return [
    {
      message: `What SQL of \`after\` changed elsewhere in run ${id} stays: ${stays.join(', and ')}`,
      hint: `A rollback restores only rows of the tables of the run. Undo by hand what must not stay of ${after.files.join(', ')}.`,
    },
  ]
}

/** Documents of the rows that were undone stay on the search server until they are sent again. */
async function warnOfSearch(session: Session): Promise<Warning[]> {
  const live = (await readCollections(session)).filter(({ status }) => status === 'live')
  if (live.length === 0) return []
  const names = [...new Set(live.map(({ searchIndex }) => searchIndex))].sort()
  return [
    {
      message: `Search indexes are not rolled back: ${names.join(', ')}`,
      hint: 'Bring them up to date with the target: `mbsync typesense`, or `mbsync mixedbread all`.',
    },
  ]
}

/** What a run has loaded that died is taken back even if there is no run to undo. */
async function emptyUnfinished(session: Session, context: JobContext): Promise<void> {
  if ((await stateOf(session)) !== 'current' || (await readUnfinishedLoads(session)).length === 0) return
  await emptyUnfinishedLoads(session, await readUnfinishedLoads(session), context)
}

async function findRun(
  { to }: RollbackRules,
  { profile }: RollbackOptions,
  session: Session,
): Promise<UndoableRun> {
  const run = (await hasState(session)) ? await findUndoableRun(session) : undefined
  const kept = run === undefined && (await hasState(session)) ? await readKeptByAfter(session) : undefined
  if (kept !== undefined) {
    throw new RefusedError(
      `Run ${kept.runId} cannot be rolled back: its SQL of \`after\` has written to ${kept.tables.map(displayName).join(', ')}, whose previous rows are not known`,
      {
        hint: 'They are not known where `after` locks a table whole, by TRUNCATE or ALTER TABLE, where row-level security hides rows, and where `keep` leaves rows as they are. Use DELETE instead of TRUNCATE, leave such tables to other scripts, or use `strategy: swap`, whose rollback restores everything.',
      },
    )
  }
  if (run === undefined) {
    throw new RefusedError(`There is no run on "${to.name}" that can be rolled back`, {
      hint: '`mbsync status` shows the runs; `undo.keep` in mbsync.yaml says how many can be undone.',
    })
  }
  if (profile !== undefined && run.profile !== profile) {
    throw new RefusedError(`The last run on "${to.name}" was of profile "${run.profile}"`, {
      hint: `Runs are undone in reverse order: \`mbsync rollback --to ${databaseArgument(to.name)}\` undoes that one first.`,
    })
  }
  return run
}
