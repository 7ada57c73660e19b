import type { RunRules } from '../config/config.ts'
import { VERSION } from '../core/version.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { expectRunLock, takeRunLock } from '../state/run-lock.ts'
import type { Selection } from '../transfer/inspection.ts'
import type { Part, RowSource } from '../transfer/row-source.ts'
import { backUpTarget } from './backup.ts'
import { indexDocuments, leaveOut, type SearchOutcome } from './index-documents.ts'
import { type LandedRun, landParts } from './land-parts.ts'
import { makePlan } from './make-plan.ts'
import { mergeLanded } from './merge-landed.ts'
import { refuseFindings } from './refuse-findings.ts'
import type { RunOptions, RunPlan } from './run-plan.ts'
import type { RunResult } from './run-result.ts'
import { selectionOf } from './selection-of.ts'
import { settleRun } from './settle-run.ts'
import type { Watch } from './watch.ts'
import { type OpenRun, withRun } from './with-run.ts'

/** Where a run gets its rows from. */
export interface Origin<P extends Part> {
  /** What it is called in plans. */
  readonly name: string
  /** The command that tells whether a run would work now. */
  readonly rehearsal: string
  /** How the state remembers it, without credentials. */
  identify(): Promise<Readonly<Record<string, unknown>>>
  /** Opens it for the length of `use`, for so many readers at once. */
  open<T>(selection: Selection, readers: number, use: (source: RowSource<P>) => Promise<T>): Promise<T>
}

/**
 * Brings the target to the state of the origin in one transaction: validate, land, merge, settle.
 * @throws RefusedError if validation finds a reason not to; FailedError, LockedError, InterruptedError
 */
export async function runInto<P extends Part>(
  target: Database,
  origin: Origin<P>,
  rules: RunRules,
  options: RunOptions,
  watch: Watch,
): Promise<RunResult> {
  const startedAt = new Date()
  const selection = selectionOf(rules, options)
  const openWith = async () => ({
    profile: rules.name,
    mode: 'full' as const,
    version: VERSION,
    source: await origin.identify(),
  })
  return withRun(target, watch, openWith, async (run) => {
    const landed = await landFrom(target, origin, selection, rules, options, run)
    const merged = await mergeLanded(rules, run.watch, target, run, landed)
    const warnings = await settleRun({ ...rules, backups: options.backup }, run.watch, target, merged.changed)
    const search = await indexAfterwards(target, run, options)
    return {
      runId: run.id,
      profile: rules.name,
      startedAt,
      durationMs: Date.now() - startedAt.getTime(),
      bytes: landed.bytes,
      ...(landed.backup === undefined ? {} : { backup: landed.backup }),
      tables: merged.outcomes,
      sequencesSet: merged.sequencesSet,
      search,
      notes: landed.plan.findings,
      warnings,
    }
  })
}

/**
 * The session of the merge holds the run lock; if it was lost with the answer to the COMMIT, the lock is taken again. What keeps it from
 * that does not change that the database is done.
 */
async function indexAfterwards(
  target: Database,
  run: OpenRun,
  { search }: RunOptions,
): Promise<SearchOutcome[]> {
  if (search === undefined || search.indexes.length === 0) return []
  const { indexes, options: asked } = search
  let session: Session
  try {
    session = await lockedSession(target, run)
  } catch (error) {
    return leaveOut(target, run.id, indexes, asked, error, run.watch)
  }
  return indexDocuments(target, session, run.id, indexes, asked, run.watch)
}

async function lockedSession(target: Database, { coordinator }: OpenRun): Promise<Session> {
  try {
    await expectRunLock(coordinator)
    return coordinator
  } catch {
    const session = await target.session()
    await takeRunLock(session)
    return session
  }
}

/** What {@link runInto} would do now. Changes nothing. Validation errors are in the plan, not thrown. */
export async function planInto<P extends Part>(
  target: Database,
  origin: Origin<P>,
  rules: RunRules,
  options: RunOptions,
  watch: Watch,
): Promise<RunPlan> {
  watch.report({ type: 'phase', phase: 'validate' })
  const session = await target.session()
  const selection = selectionOf(rules, options)
  return origin.open(selection, 0, async (source) => {
    const { plan } = await makePlan(origin.name, source, target, session, selection, rules, options)
    return plan
  })
}

/** The source is let go as soon as everything has landed: a long snapshot holds back vacuum there. */
async function landFrom<P extends Part>(
  target: Database,
  origin: Origin<P>,
  selection: Selection,
  rules: RunRules,
  options: RunOptions,
  run: OpenRun,
): Promise<LandedRun> {
  const { watch } = run
  watch.report({ type: 'phase', phase: 'validate' })
  return origin.open(selection, rules.jobs, async (source) => {
    const planned = await makePlan(origin.name, source, target, run.coordinator, selection, rules, options)
    refuseFindings(planned.plan.findings, origin.rehearsal)
    const { backup: settings } = options
    const backup =
      settings === undefined
        ? undefined
        : await backUpTarget(rules, settings, run.id, planned.inspection, watch)
    return { ...(await landParts(rules, watch, target, run, source, planned)), backup }
  })
}
