import type { RunRules } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import { settledInOrder } from '../core/settled-in-order.ts'
import { nameKey, type TableName } from '../core/table-name.ts'
import { VERSION } from '../core/version.ts'
import type { SearchOutcome } from '../indexing/index-documents.ts'
import { readEventTriggers } from '../postgres/catalog/read-event-triggers.ts'
import type { Table } from '../postgres/catalog/table.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { expectYes } from '../progress/confirm.ts'
import type { Watch } from '../progress/watch.ts'
import type { CreatableSchema } from '../schema/creatable-object.ts'
import type { DatabaseSchema } from '../schema/schema-object.ts'
import { readLeftovers } from '../state/created-objects.ts'
import { hasRoomForState, stateOf, wasWritten } from '../state/migrate.ts'
import { expectRunLock, takeRunLock } from '../state/run-lock.ts'
import type { RowOrigin } from '../state/sources.ts'
import { dropUnknownUndoTables } from '../state/undo-sets.ts'
import { readWatermarks, type StoredWatermark } from '../state/watermarks.ts'
import { selectWithout } from '../transfer/inspect/drift.ts'
import { inspectTarget } from '../transfer/inspect/inspect-target.ts'
import type { Inspection, Selection } from '../transfer/inspect/inspection.ts'
import { pairCatalogs } from '../transfer/inspect/pair-catalogs.ts'
import { isMatched } from '../transfer/inspect/select-relations.ts'
import { dropLandingTables } from '../transfer/land/landing-tables.ts'
import { explainingNames } from '../transfer/merge/explain-unresolved.ts'
import { type Contradiction, IncrementalReadError } from '../transfer/merge/incremental-read-error.ts'
import type { RowSource } from '../transfer/source/row-source.ts'
import { checkOrphans } from './check-orphans.ts'
import {
  type Creation,
  type CreationWish,
  createdNames,
  createMissing,
  planFilling,
  planMissing,
  planWith,
  withoutTables,
} from './creation/create-missing.ts'
import { type CreationScope, decideScope } from './creation/decide-scope.ts'
import type { PlannedCreation } from './creation/plan-creation.ts'
import { describeSkipped } from './describe-skipped.ts'
import { finishRun } from './finish-run.ts'
import { applyAfter } from './follow/apply-after.ts'
import { applyBefore } from './follow/apply-before.ts'
import { followedCatalog, withPartitions } from './follow/followed-catalog.ts'
import { countTopics, followsNothing, type PlannedFollow } from './follow/plan-follow.ts'
import { isAccepted } from './is-accepted.ts'
import { type JudgedEventTriggers, judgeEventTriggers } from './judge-event-triggers.ts'
import { judgeLanded } from './judge-landed.ts'
import { type LandedRun, landParts } from './land-parts.ts'
import { finishLoad, type LoadedRun } from './load/finish-load.ts'
import { LoadFailed, loadPlanned } from './load/load-planned.ts'
import { makePlan, type TargetState } from './make-plan.ts'
import { type MergeOutcome, mergeLanded } from './merge-landed.ts'
import { newNotes } from './new-notes.ts'
import { refuseFindings } from './refuse-findings.ts'
import { askAboutFirstRun, readAtStake } from './rows-at-stake.ts'
import type { RunOptions, RunPlan } from './run-plan.ts'
import type { RunResult, Warning } from './run-result.ts'
import { selectionOf } from './selection-of.ts'
import type { DatabaseLocale } from './swap/read-locale.ts'
import { type OpenRun, withRun } from './with-run.ts'

/** Where a run gets its rows from. */
export interface Origin {
  /** What it is called in plans. */
  readonly name: string
  /** The command that tells whether a run would work now. */
  readonly rehearsal: string
  /** The command that counts what a run would change, if there is one. */
  readonly counting?: string
  /** How the state remembers it, without credentials. */
  readonly identity: Readonly<Record<string, unknown>>
  /** The databases that its rows came from: the one that is or was read, and those whose rows that one held. */
  readonly lineage: readonly RowOrigin[]
  /** Whether an empty target gets its schema only if that is wanted, by itself, or not at all, as it has none. */
  readonly givesSchema: 'if wanted' | 'to empty targets' | 'never'
  /** The whole schema, as the source that was opened of it sees it; undefined where it is not known, as in dumps of earlier versions. */
  readSchema(source: RowSource): Promise<CreatableSchema | undefined>
  /** The same with all that can differ from a target; undefined for what cannot be followed. */
  readDetails?(source: RowSource): Promise<DatabaseSchema | undefined>
  /** Prepares to be opened soon, for this number of readers at once. */
  prepare?(readers: number): void
  /** The locale of its database; undefined where it is not known, as in dumps. */
  readLocale?(): Promise<DatabaseLocale>
  /** The names of its tables, read without a lock. */
  listTables(): Promise<readonly TableName[]>
  /** Opens it for the length of `use`, for so many readers at once. */
  open<T>(selection: Selection, readers: number, use: (source: RowSource) => Promise<T>): Promise<T>
}

/**
 * Brings the target to the state of the origin in one transaction: validate, land, merge, finish.
 * @throws RefusedError if validation finds a reason not to; FailedError, LockedError, InterruptedError
 */
export async function runInto(
  target: Database,
  origin: Origin,
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
    source: origin.identity,
  })
  let judged: readonly Finding[] = []
  let scope: CreationScope | undefined
  const before = async (coordinator: Session) => {
    origin.prepare?.(rules.jobs)
    const [hasRoom, isFirst, triggers] = await settledInOrder([
      hasRoomForState(coordinator),
      wasWritten(coordinator).then((written) => !written),
      readEventTriggers(coordinator),
    ])
    // What check finds is found here, too: a run is opened by writing to the state.
    if (!hasRoom) {
      const { findings } = await planInto(target, origin, rules, options, watch)
      refuseFindings(findings, origin.rehearsal)
    }
    const list = () => selectedOf(origin, selection)
    judged = (await judgeEventTriggers(target, coordinator, triggers, list)).findings
    scope = await decideScope(coordinator, origin, rules, options, isFirst ? watch : undefined)
    if (isFirst) await confirmFirstRun(coordinator, origin, rules, options, watch)
  }
  return withRun(target, watch, { before, openWith }, async (run) => {
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
    const all = [...landed.plan.findings, ...[...judged, ...notes].filter((note) => !isAccepted(rules, note))]
    // The notes are one statement, which is sent before any of the finishing.
    const [warned, fresh] = await Promise.all([
      finishRun({ ...rules, backups: options.backup }, target, run, {
        ...merged,
        views: creation?.views ?? [],
      }),
      newNotes(run.coordinator, rules.name, all),
    ])
    const refused = await applyAfter(target, run, creation?.follow)
    const raw = await purgeRawAfterwards(run, landed, rules, options)
    const search = await indexAfterwards(target, rules, run, options)
    return {
      runId: run.id,
      profile: rules.name,
      startedAt,
      durationMs: Date.now() - startedAt.getTime(),
      bytes: landed.bytes,
      created: creation?.counts ?? [],
      followed: countTopics(creation?.follow?.changes ?? []),
      ...(landed.backup === undefined ? {} : { backup: landed.backup }),
      tables: merged.outcomes,
      skipped: landed.plan.skipped,
      sequencesSet: merged.sequencesSet,
      search,
      notes: fresh,
      knownNotes: all.length - fresh.length,
      warnings: [...describeSkipped(landed.plan.skipped, 'after'), ...warned, ...refused, ...raw],
    }
  })
}

/** Everything that a run consists of. */
interface Bringing {
  readonly target: Database
  readonly origin: Origin
  readonly selection: Selection
  readonly rules: RunRules
  readonly options: RunOptions
  readonly run: OpenRun
  /** What is known already. */
  readonly judged: readonly Finding[]
  /** What is created first; undefined for nothing. */
  readonly scope: CreationScope | undefined
}

/** What has been brought to the target. */
interface Brought {
  readonly landed: Pick<LandedRun, 'plan' | 'bytes' | 'backup' | 'creation' | 'inspection'>
  readonly notes: readonly Finding[]
  readonly merged: MergeOutcome
}

/** What earlier attempts of the same run have left. */
interface Attempts {
  /** The tables that must be read in full, by {@link nameKey}, and why. */
  readonly refuted: Map<string, Contradiction>
  /** The dump that was written of the target before. */
  backup: string | undefined
  /** Why what was to be loaded is merged. */
  failedLoad: string | undefined
  /** What the run has created, once it has. */
  creation: Creation | undefined
  /** Whether the labels are there that cannot be added in the merge. */
  isPrepared: boolean
}

/**
 * Lands and merges. Whether an incremental read was right is known only with the tables locked: if it was not, the run starts again and reads
 * those tables in full. Each time there are more of them, and a full read relies on nothing, so it ends.
 */
async function bring(bringing: Bringing): Promise<Brought> {
  const { watch, coordinator } = bringing.run
  const attempts: Attempts = {
    refuted: new Map(),
    backup: undefined,
    failedLoad: undefined,
    creation: undefined,
    isPrepared: false,
  }
  for (;;) {
    try {
      return await landAndMerge(bringing, attempts)
    } catch (error) {
      if (error instanceof LoadFailed) {
        attempts.failedLoad = error.message
        watch.report({ type: 'info', message: `Loading failed, so the run merges: ${error.message}` })
        continue
      }
      if (!(error instanceof IncrementalReadError)) throw error
      const { tables, contradiction, message, hint } = error
      const known = attempts.refuted.size
      for (const table of tables) attempts.refuted.set(nameKey(table), contradiction)
      if (attempts.refuted.size === known) throw error
      const again = `${message}; reading ${tables.length === 1 ? 'it' : 'them'} in full`
      // That users write to the target is no cause for alarm.
      if (contradiction === 'written') watch.report({ type: 'info', message: again })
      else watch.report({ type: 'warning', message: again, ...(hint !== undefined && { hint }) })
      await dropLandingTables(coordinator)
      await dropUnknownUndoTables(coordinator)
    }
  }
}

async function landAndMerge(bringing: Bringing, attempts: Attempts): Promise<Brought> {
  const { target, rules, options, run } = bringing
  const { watch } = run
  const landed = await landFrom(bringing, attempts)
  if ('loaded' in landed) {
    const loaded = await finishLoad(rules, watch, target, run, landed)
    return { landed, notes: landed.creation?.notes ?? [], merged: loaded }
  }
  const targets = targetsOf(landed.inspection)
  const { violated, notes } = await explainingNames(run.coordinator, targets, () =>
    judgeLanded(run.coordinator, landed, options),
  )
  const merged = await explainingNames(run.coordinator, targets, () =>
    mergeLanded(rules, watch, target, run, landed, violated),
  )
  return { landed, notes: [...notes, ...(landed.creation?.notes ?? [])], merged }
}

/** The run is done: that its traces are not removed is a warning. */
async function purgeRawAfterwards(
  { coordinator }: OpenRun,
  { inspection }: Pick<LandedRun, 'inspection'>,
  rules: RunRules,
  { purge, backup }: RunOptions,
): Promise<Warning[]> {
  if (!inspection.pairs.some(({ source }) => source.masked !== undefined && source.masked.size > 0)) return []
  const { purgeRaw } = await import('./purge-raw.ts')
  try {
    await expectRunLock(coordinator)
    return await purgeRaw(
      coordinator,
      inspection,
      rules.to.name,
      purge !== undefined,
      purge?.backups ?? backup,
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [{ message: `What is kept of values from before the masks could not be looked for: ${reason}` }]
  }
}

/**
 * The session of the merge holds the run lock; if it was lost with the answer to the COMMIT, the lock is taken again. What keeps it from
 * that does not change that the database is done.
 */
export async function indexAfterwards(
  target: Database,
  { recheck }: RunRules,
  run: OpenRun,
  { search }: RunOptions,
): Promise<SearchOutcome[]> {
  if (search === undefined || search.indexes.length === 0) return []
  const { indexDocuments, leaveOut } = await import('../indexing/index-documents.ts')
  const { indexes, options: asked } = search
  let session: Session
  try {
    session = await lockedSession(target, run)
  } catch (error) {
    return leaveOut(target, run.id, indexes, asked, error, run.watch)
  }
  // Sessions that have loaded tables may not have reported that yet.
  const facts = { id: run.id, seen: run.seen, harmless: { openPids: () => [] }, recheck }
  return indexDocuments(target, session, facts, indexes, asked, run.watch)
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

/** Looks at catalogs and at the rows of the target alone: nothing is held in the source while a person is asked. */
export async function confirmFirstRun(
  coordinator: Session,
  { listTables, counting }: Origin,
  rules: RunRules,
  options: RunOptions,
  watch: Watch,
): Promise<void> {
  const names = new Set((await listTables()).map(nameKey))
  const tables = await readAtStake(coordinator, selectionOf(rules, options))
  const written = tables.filter(({ name }) => names.has(nameKey(name)))
  const question = await askAboutFirstRun(coordinator, rules.to.name, written, counting)
  if (question !== undefined) await expectYes(watch, question)
}

/** What {@link runInto} would do now. Changes nothing. Validation errors are in the plan, not thrown. */
export async function planInto(
  target: Database,
  origin: Origin,
  rules: RunRules,
  options: RunOptions,
  watch: Watch,
): Promise<RunPlan> {
  watch.report({ type: 'phase', phase: 'validate' })
  const session = await target.session()
  const triggers = await readEventTriggers(session)
  const leftovers = await readLeftovers(session)
  const scope = await decideScope(session, origin, rules, options, undefined, leftovers)
  const selection = selectFor(scope, selectionOf(rules, options))
  const judged = await judgeEventTriggers(target, session, triggers, () => selectedOf(origin, selection))
  const state = readMeanwhile(session, selection)
  const { plan: planned, inspection } = await origin.open(selection, rules.jobs, async (opened) => {
    // The session is read from meanwhile.
    await state.watermarks
    const wish = scope && { ...wishOf({ origin, rules, options }, scope), leftovers }
    const creation = wish && (await planMissing(session, opened, wish))
    const created = creation === undefined ? [] : createdNames(creation)
    const trust = { looksAtTarget: true, refuted: new Map(), createsTables: created.length > 0 }
    const apart = [...created, ...(creation?.skipped ?? []).map(({ table }) => table)]
    const source = withoutTables(opened, apart)
    const planned = await makePlan(
      origin.name,
      source,
      target,
      session,
      selectWithout(selection, apart),
      followedState(withCreated(state, source, creation), source, creation?.follow),
      rules,
      optionsFor(scope, options),
      watch,
      trust,
    )
    const { inspection } = planned
    const plan =
      creation === undefined
        ? planned.plan
        : planWith(planned.plan, creation, planFilling(opened, created, rules.jobs, planned.plan.strategy))
    if (isRefused(plan)) return { inspection, plan }
    const orphans = await checkOrphans({ source, session, inspection, watch })
    return { inspection, plan: { ...plan, findings: [...orphans, ...plan.findings] } }
  })
  const ofTriggers = [...judged.findings, ...describeFiring(judged, rules)]
  const plan = {
    ...planned,
    findings: [...planned.findings, ...ofTriggers.filter((finding) => !isAccepted(rules, finding))],
    accepted: [...planned.accepted, ...ofTriggers.filter((finding) => isAccepted(rules, finding))],
  }
  if (isRefused(plan)) return plan
  const written = inspection.pairs.map((pair) => pair.target)
  const question = await askAboutFirstRun(session, rules.to.name, written, origin.counting)
  if (question === undefined) return plan
  const { message, hint } = question
  return {
    ...plan,
    findings: [...plan.findings, { severity: 'note', subject: rules.to.name, message, hint }],
  }
}

function isRefused({ findings }: RunPlan): boolean {
  return findings.some(({ severity }) => severity === 'error')
}

/** The history of migrations is that of the schema, so it comes with it. */
function selectFor(scope: CreationScope | undefined, selection: Selection): Selection {
  return scope === 'everything' ? { ...selection, takesHistories: true } : selection
}

/** There are no readers of what is not there yet. */
function optionsFor(scope: CreationScope | undefined, options: RunOptions): RunOptions {
  return scope === 'everything' ? { ...options, allowBlocking: true } : options
}

function wishOf(
  { origin, rules, options }: Pick<Bringing, 'origin' | 'rules' | 'options'>,
  scope: CreationScope,
): CreationWish {
  const follows = options.followsSchema === true || rules.schema === 'follow'
  return { scope, origin, rules, options, follows }
}

/** The target with the partitions that the run will have created. */
function withCreated(
  state: TargetState,
  source: RowSource,
  creation: PlannedCreation | undefined,
): TargetState {
  const parents = creation?.objects.flatMap(({ table }) => table?.partitionOf?.parent ?? []) ?? []
  if (parents.length === 0) return state
  const partitioned = new Set(parents.map(nameKey))
  return { ...state, asFollowed: (catalog) => withPartitions(catalog, source.catalog, partitioned) }
}

/** The target as the run will have changed it. */
function followedState(
  state: TargetState,
  source: RowSource,
  follow: PlannedFollow | undefined,
): TargetState {
  if (follow === undefined || followsNothing(follow)) return state
  const { asFollowed = (catalog) => catalog } = state
  return { ...state, asFollowed: (catalog) => followedCatalog(asFollowed(catalog), source.catalog, follow) }
}

export async function selectedOf({ listTables }: Origin, selection: Selection): Promise<TableName[]> {
  return (await listTables()).filter((name) => isMatched(selection, name))
}

function describeFiring({ silenced, firing }: JudgedEventTriggers, { to }: RunRules): Finding[] {
  const notes = [
    ['Event triggers that do not fire for what mbsync creates and drops, as on a replica', silenced],
    ['Event triggers that fire for what mbsync creates and drops, and let it', firing],
  ] as const
  return notes
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => {
      const message = `${what}: ${names.map((name) => `"${name}"`).join(', ')}`
      return { severity: 'note', code: 'event-trigger', subject: to.name, message }
    })
}

/** The source is let go as soon as everything has landed: a long snapshot holds back vacuum there. */
async function landFrom(bringing: Bringing, attempts: Attempts): Promise<LandedRun | LoadedRun> {
  const { target, origin, selection: whole, rules, options, run, judged, scope } = bringing
  const { watch } = run
  watch.report({ type: 'phase', phase: 'validate' })
  const early = scope === undefined ? readMeanwhile(run.coordinator, whole) : undefined
  return origin.open(whole, rules.jobs, async (opened) => {
    if (scope !== undefined) attempts.creation ??= await createMissing(run, opened, wishOf(bringing, scope))
    const skipped = attempts.creation?.skipped ?? []
    const left = skipped.map(({ table }) => table)
    const source = withoutTables(opened, left)
    const selection = selectWithout(whole, left)
    const follow = attempts.creation?.follow
    const state = early ?? readMeanwhile(run.coordinator, selection)
    const trust = { looksAtTarget: false, refuted: attempts.refuted, failedLoad: attempts.failedLoad }
    const made = await makePlan(
      origin.name,
      source,
      target,
      run.coordinator,
      selection,
      followedState(state, source, follow),
      rules,
      options,
      watch,
      trust,
    )
    const planned = { ...made, plan: { ...made.plan, skipped: [...made.plan.skipped, ...skipped] } }
    refuseFindings([...planned.plan.findings, ...judged], origin.rehearsal)
    // A full run has not asked for them, but the session is needed now.
    await state.watermarks
    const asItIs = await state.catalog
    attempts.backup ??= await backUp(
      bringing,
      follow === undefined
        ? planned.inspection
        : pairCatalogs(planned.inspection.selection, source.catalog, asItIs, rules.to.name),
    )
    if (planned.plan.strategy.kind === 'load') {
      const loaded = await loadPlanned(rules, watch, target, run, source, planned)
      return { ...loaded, backup: attempts.backup, lineage: origin.lineage, creation: attempts.creation }
    }
    if (!attempts.isPrepared) await applyBefore(run, follow)
    attempts.isPrepared = true
    return {
      ...(await explainingNames(run.coordinator, targetsOf(planned.inspection), () =>
        landParts(rules, watch, target, run, source, planned),
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
}

function targetsOf({ pairs }: Inspection): Table[] {
  return pairs.map(({ target }) => target)
}

/** The target is read while the source is opened: whoever awaits a part of it learns what went wrong. */
function readMeanwhile(session: Session, selection: Selection): TargetState {
  const watermarks = readWatermarksIfAny(session)
  const catalog = inspectTarget(session, selection)
  for (const reading of [catalog, watermarks]) reading.catch(() => undefined)
  return { catalog, watermarks }
}

async function readWatermarksIfAny(session: Session): Promise<ReadonlyMap<string, StoredWatermark>> {
  return (await stateOf(session)) === 'current' ? readWatermarks(session) : new Map()
}

async function backUp(
  { rules, options: { backup }, run }: Bringing,
  inspection: Inspection,
): Promise<string | undefined> {
  if (backup === undefined) return undefined
  const { backUpTarget } = await import('./backup.ts')
  return backUpTarget(rules, backup, run.id, inspection, run.watch)
}
