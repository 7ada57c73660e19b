import type { RunRules } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import { settledInOrder } from '../core/settled-in-order.ts'
import { readAllEventTriggers } from '../postgres/catalog/read-event-triggers.ts'
import type { Table } from '../postgres/catalog/table.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { hasRoomForState, wasWritten } from '../state/migrate.ts'
import { dropUnknownUndoTables } from '../state/undo-sets.ts'
import { selectWithout } from '../transfer/inspect/drift.ts'
import { inspectTarget } from '../transfer/inspect/inspect-target.ts'
import type { Inspection, Selection, TargetCatalog } from '../transfer/inspect/inspection.ts'
import { pairCatalogs } from '../transfer/inspect/pair-catalogs.ts'
import { dropLandingTables } from '../transfer/land/landing-tables.ts'
import { explainingNames } from '../transfer/merge/explain-unresolved.ts'
import { IncrementalReadError } from '../transfer/merge/incremental-read-error.ts'
import type { RowSource } from '../transfer/source/row-source.ts'
import { type Asked, newRunOf } from './asked.ts'
import { type Attempts, newAttempts } from './attempts.ts'
import { confirmFirstRun } from './confirm-first-run.ts'
import { optionsFor, selectFor, wishOf } from './creation/apply-scope.ts'
import { createMissing, withoutTables } from './creation/create-missing.ts'
import { type CreationScope, decideScope } from './creation/decide-scope.ts'
import { judgeLeft } from './creation/judge-left.ts'
import { describeSkipped } from './describe-skipped.ts'
import { finishRun, newNotes, purgeRawAfterwards } from './finish-run.ts'
import { applyAfter, applyBefore } from './follow/apply-outside-merge.ts'
import { correctSchemaWork, countFollowed } from './follow/followed-changes.ts'
import { warningsOf } from './follow/unfollowed.ts'
import { indexAfterwards } from './index-afterwards.ts'
import { isAccepted } from './is-accepted.ts'
import { judgeEventTriggers } from './judge-event-triggers.ts'
import { judgeLanded } from './judge-landed.ts'
import { type LandedRun, landParts } from './land-parts.ts'
import { finishLoad, type LoadedRun } from './load/finish-load.ts'
import { giveUp } from './load/load-into.ts'
import { LoadFailed, loadPlanned } from './load/load-planned.ts'
import { makePlan, type PlannedRun, type TargetState } from './make-plan.ts'
import { type MergeOutcome, mergeLanded } from './merge-landed.ts'
import { type Origin, selectedOf } from './origin.ts'
import { planInto } from './plan-into.ts'
import { refuseFindings } from './refuse-findings.ts'
import type { RunOptions } from './run-plan.ts'
import type { RunResult } from './run-result.ts'
import { selectionOf } from './selection-of.ts'
import { isRefusedForDrift, waysOutOfDrift } from './swap/choose-swap.ts'
import { followedState, readMeanwhile } from './target-state.ts'
import { type OpenRun, withRun } from './with-run.ts'

/**
 * Makes the target equal to the origin in one transaction: validate, land, merge, finish.
 * @throws RefusedError if validation finds a reason to refuse; FailedError, LockedError, InterruptedError
 */
export async function runInto(asked: Asked): Promise<RunResult> {
  const { target, origin, rules, options, context } = asked
  const startedAt = new Date()
  const selection = selectionOf(rules, options)
  let judged: readonly Finding[] = []
  let scope: CreationScope | undefined
  const before = async (coordinator: Session) => {
    origin.prepare?.(rules.jobs)
    const [hasRoom, isFirst, triggers] = await settledInOrder([
      hasRoomForState(coordinator),
      wasWritten(coordinator).then((written) => !written),
      readAllEventTriggers(coordinator),
    ])
    // Opening a run writes to the state, so this finds the same problems as check does.
    if (!hasRoom) {
      const { findings } = await planInto(asked)
      refuseFindings(findings, origin.rehearsal)
    }
    const list = () => selectedOf(origin, selection)
    judged = (await judgeEventTriggers(target, coordinator, triggers, list)).findings
    scope = await decideScope(coordinator, origin, rules, options, isFirst ? { context } : {})
    judged = [...judged, ...(await judgeLeft(coordinator, scope, rules.to.name))]
    if (isFirst) await confirmFirstRun(coordinator, origin, rules, options, context)
  }
  return withRun(
    target,
    context,
    { before, openWith: async () => newRunOf(rules, origin, options) },
    async (run) => {
      const { landed, notes, merged } = await bring({
        target,
        origin,
        selection: selectFor(scope, selection),
        rules,
        options: optionsFor(scope, options),
        run,
        judged,
        scope,
      })
      const { creation } = landed
      const all = [
        ...landed.plan.findings,
        ...[...judged, ...notes].filter((note) => !isAccepted(rules, note)),
      ]
      // The notes are one statement, which is sent before the finishing steps.
      const [warned, fresh] = await Promise.all([
        finishRun({ ...rules, backups: options.backup }, run, {
          ...merged,
          views: creation?.views ?? [],
          tables: landed.inspection.pairs.map((pair) => pair.target),
          // The landing tables of a load hold rows that stay.
          leavesLanding: options.landStaying !== undefined && rules.strategy === 'load',
        }),
        newNotes(run.coordinator, rules.name, all),
      ])
      const unfollowed = [...(merged.unfollowed ?? []), ...(await applyAfter(run, creation?.follow))]
      await correctSchemaWork(run, creation, unfollowed)
      const raw = await purgeRawAfterwards(run, { ...landed, ...merged }, rules, options)
      const search = await indexAfterwards(rules, run, options)
      return {
        runId: run.id,
        profile: rules.name,
        startedAt,
        durationMs: Date.now() - startedAt.getTime(),
        bytes: landed.bytes,
        created: creation?.counts ?? [],
        followed: countFollowed(creation?.follow, unfollowed),
        unfollowed: unfollowed.map(({ identity }) => identity),
        ...(landed.backup === undefined ? {} : { backup: landed.backup }),
        tables: merged.outcomes,
        skipped: landed.plan.skipped,
        sequencesSet: merged.sequencesSet,
        search,
        notes: fresh,
        knownNotes: all.length - fresh.length,
        warnings: [
          ...describeSkipped(landed.plan.skipped, 'after'),
          ...warned,
          ...warningsOf(unfollowed),
          ...raw,
        ],
      }
    },
  )
}

/** The input of a run. */
interface Bringing {
  readonly target: Database
  readonly origin: Origin
  readonly selection: Selection
  readonly rules: RunRules
  readonly options: RunOptions
  readonly run: OpenRun
  /** Findings that are known already. */
  readonly judged: readonly Finding[]
  /** What is created first; undefined for nothing. */
  readonly scope: CreationScope | undefined
}

/** The result of bringing rows to the target. */
interface Brought {
  readonly landed: Pick<LandedRun, 'plan' | 'bytes' | 'backup' | 'creation' | 'inspection'>
  readonly notes: readonly Finding[]
  readonly merged: MergeOutcome
}

/**
 * Lands and merges. Only with the tables locked is it known whether an incremental read was right. If it was not, the run starts again and
 * reads those tables in full. The number of such tables grows with each attempt, and a full read relies on nothing, so this ends.
 */
async function bring(bringing: Bringing): Promise<Brought> {
  const { context, coordinator } = bringing.run
  const attempts = newAttempts()
  for (;;) {
    try {
      return await landAndMerge(bringing, attempts)
    } catch (error) {
      if (error instanceof LoadFailed) {
        attempts.failedLoad = error.message
        context.report({ type: 'info', message: `Loading failed, so the run merges: ${error.message}` })
        continue
      }
      if (!(error instanceof IncrementalReadError)) throw error
      const { tables, contradiction, message, hint } = error
      const known = attempts.refuted.size
      for (const table of tables) attempts.refuted.set(table, contradiction)
      if (attempts.refuted.size === known) throw error
      const again = `${message}; reading ${tables.length === 1 ? 'it' : 'them'} in full`
      // Writes of users to the target are no cause for alarm.
      if (contradiction === 'written') context.report({ type: 'info', message: again })
      else context.report({ type: 'warning', message: again, ...(hint !== undefined && { hint }) })
      await dropLandingTables(coordinator)
      await dropUnknownUndoTables(coordinator)
    }
  }
}

async function landAndMerge(bringing: Bringing, attempts: Attempts): Promise<Brought> {
  const { rules, options, run } = bringing
  const landed = await landFrom(bringing, attempts)
  if ('loaded' in landed) {
    const loaded = await finishLoad(rules, run, landed, options.after)
    return { landed, notes: landed.creation?.notes ?? [], merged: loaded }
  }
  const targets = targetsOf(landed.inspection)
  const { violated, notes } = await explainingNames(run.coordinator, targets, () =>
    judgeLanded(run.coordinator, landed, options),
  )
  const merged = await explainingNames(run.coordinator, targets, () =>
    mergeLanded(rules, run, landed, violated, options.after),
  )
  return { landed, notes: [...notes, ...(landed.creation?.notes ?? [])], merged }
}

/** The source is released as soon as everything has landed: a long snapshot holds back vacuum there. */
async function landFrom(bringing: Bringing, attempts: Attempts): Promise<LandedRun | LoadedRun> {
  const { origin, selection: whole, rules, options, run, scope } = bringing
  run.context.report({ type: 'phase', phase: 'validate' })
  let early = scope === undefined ? readMeanwhile(run.coordinator, whole) : undefined
  const loading: Session[] = []
  const landing = origin.open(whole, rules.jobs, async (opened) => {
    if (scope !== undefined) attempts.creation ??= await createMissing(run, opened, wishOf(bringing, scope))
    const skipped = attempts.creation?.skipped ?? []
    const left = skipped.map(({ table }) => table)
    const source = withoutTables(opened, left)
    const selection = selectWithout(whole, left)
    const follow = attempts.creation?.follow
    const reading = planFrom(bringing, { attempts, source, selection }, early)
    // What it has read of thousands of tables, and does not return, goes with it.
    early = undefined
    const { planned, asItIs } = await reading
    attempts.backup ??= await backUp(
      bringing,
      follow === undefined
        ? planned.inspection
        : pairCatalogs(planned.inspection.selection, source.catalog, asItIs, rules.to.name),
    )
    if (planned.plan.strategy.kind === 'load') {
      const loaded = await loadPlanned(rules, run, source, planned, options.landStaying)
      loading.push(...loaded.loaded.shares.map(({ session }) => session))
      return { ...loaded, backup: attempts.backup, lineage: origin.lineage, creation: attempts.creation }
    }
    if (!attempts.isPrepared) await applyBefore(run, follow)
    attempts.isPrepared = true
    return {
      ...(await explainingNames(run.coordinator, targetsOf(planned.inspection), () =>
        landParts(rules, run, source, planned),
      )),
      backup: attempts.backup,
      lineage: origin.lineage,
      creation: attempts.creation,
      targetBefore:
        follow === undefined || follow.steps.before.length === 0
          ? asItIs
          : await inspectTarget(run.coordinator, planned.inspection.selection),
    }
  })
  return landing.catch(async (error: unknown) => {
    // The source may have failed after all was loaded: what follows must not wait for the locks of a load that is never finished.
    await giveUp(loading)
    throw error
  })
}

/** Plans the run, and reads the target for that unless it is being read already. Of the plan, what it says of each table is only for people. */
async function planFrom(
  { target, origin, rules, options, run, judged }: Bringing,
  { attempts, source, selection }: Planning,
  early: TargetState | undefined,
): Promise<{ readonly planned: PlannedRun; readonly asItIs: TargetCatalog }> {
  const { creation, refuted, failedLoad } = attempts
  const state = early ?? readMeanwhile(run.coordinator, selection)
  const { plan, ...planned } = await makePlan({
    sourceName: origin.name,
    source,
    target,
    session: run.coordinator,
    selection,
    state: followedState(state, source, creation?.follow),
    rules,
    options,
    context: run.context,
    trust: { looksAtTarget: false, refuted, failedLoad },
  })
  const found = [...plan.findings, ...judged]
  const ways = isRefusedForDrift(found) ? waysOutOfDrift(origin.readDetails !== undefined) : undefined
  refuseFindings(found, origin.rehearsal, ways)
  // A full run does not need the watermarks, but it needs the session that is reading them.
  await state.watermarks
  const skipped = [...plan.skipped, ...(creation?.skipped ?? [])]
  return { planned: { ...planned, plan: { ...plan, skipped, tables: [] } }, asItIs: await state.catalog }
}

/** What is planned. */
interface Planning {
  readonly attempts: Attempts
  readonly source: RowSource
  readonly selection: Selection
}

function targetsOf({ pairs }: Inspection): Table[] {
  return pairs.map(({ target }) => target)
}

async function backUp(
  { rules, options: { backup }, run }: Bringing,
  inspection: Inspection,
): Promise<string | undefined> {
  if (backup === undefined) return undefined
  const { backUpTarget } = await import('./backup.ts')
  return backUpTarget(rules, backup, run.id, inspection, run.context)
}
