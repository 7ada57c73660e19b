import type { RunRules } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import { TableMap, TableSet } from '../core/table-map.ts'
import { readAllEventTriggers } from '../postgres/catalog/read-event-triggers.ts'
import { readLeftovers } from '../state/created-objects.ts'
import { selectWithout } from '../transfer/inspect/drift.ts'
import type { Contradiction } from '../transfer/merge/incremental-read-error.ts'
import type { RowSource } from '../transfer/source/row-source.ts'
import type { Asked } from './asked.ts'
import { checkOrphans } from './check-orphans.ts'
import { optionsFor, selectFor, wishOf } from './creation/apply-scope.ts'
import { createdNames, planFilling, planMissing, planWith, withoutTables } from './creation/create-missing.ts'
import { decideScope } from './creation/decide-scope.ts'
import { judgeLeft } from './creation/judge-left.ts'
import type { PlannedCreation } from './creation/plan-creation.ts'
import { withPartitions } from './follow/followed-catalog.ts'
import { splitAccepted } from './is-accepted.ts'
import { type JudgedEventTriggers, judgeEventTriggers } from './judge-event-triggers.ts'
import { makePlan, type TargetState } from './make-plan.ts'
import { selectedOf } from './origin.ts'
import { askAboutFirstRun } from './rows-at-stake.ts'
import type { RunPlan } from './run-plan.ts'
import { selectionOf } from './selection-of.ts'
import { followedState, readMeanwhile } from './target-state.ts'

/** Plans what {@link runInto} would do now. Changes nothing. Validation errors are in the plan, not thrown. */
export async function planInto({ target, origin, rules, options, context }: Asked): Promise<RunPlan> {
  context.report({ type: 'phase', phase: 'validate' })
  const session = await target.session()
  const triggers = await readAllEventTriggers(session)
  const leftovers = await readLeftovers(session)
  const scope = await decideScope(session, origin, rules, options, { leftovers })
  const left = await judgeLeft(session, scope, rules.to.name)
  const selection = selectFor(scope, selectionOf(rules, options))
  const judged = await judgeEventTriggers(target, session, triggers, () => selectedOf(origin, selection))
  const state = readMeanwhile(session, selection)
  const { plan: planned, inspection } = await origin.open(selection, rules.jobs, async (opened) => {
    // The session is read from at the same time.
    await state.watermarks
    const wish = scope && { ...wishOf({ origin, rules, options }, scope), leftovers }
    const creation = wish && (await planMissing(session, opened, wish))
    const created = creation === undefined ? [] : createdNames(creation)
    const trust = {
      looksAtTarget: true,
      refuted: new TableMap<Contradiction>(),
      createsTables: created.length > 0,
    }
    const apart = [...created, ...(creation?.skipped ?? []).map(({ table }) => table)]
    const source = withoutTables(opened, apart)
    const planned = await makePlan({
      sourceName: origin.name,
      source,
      target,
      session,
      selection: selectWithout(selection, apart),
      state: followedState(withCreated(state, source, creation), source, creation?.follow),
      rules,
      options: optionsFor(scope, options),
      context,
      trust,
    })
    const { inspection } = planned
    const plan =
      creation === undefined
        ? planned.plan
        : planWith(planned.plan, creation, planFilling(opened, created, rules.jobs, planned.plan.strategy))
    if (plan.findings.some(({ severity }) => severity === 'error')) return { inspection, plan }
    const orphans = await checkOrphans({ source, session, inspection, context })
    const others = plan.findings.filter((finding) => !isSaidBy(orphans, finding))
    return { inspection, plan: { ...plan, findings: [...orphans, ...left, ...others] } }
  })
  const ofTriggers = splitAccepted(rules, [...judged.findings, ...describeFiring(judged, rules)])
  const plan = {
    ...planned,
    findings: [...planned.findings, ...ofTriggers.findings],
    accepted: [...planned.accepted, ...ofTriggers.accepted],
  }
  const problems = plan.findings.filter(({ severity }) => severity === 'error').length
  if (problems > 0) {
    context.report({ type: 'problems-found', count: problems })
    return plan
  }
  const written = inspection.pairs.map(({ target, stays }) => ({ ...target, except: stays?.condition }))
  const question = await askAboutFirstRun(session, rules.to.name, written, origin.counting)
  if (question === undefined) return plan
  const { message, hint } = question
  return {
    ...plan,
    findings: [...plan.findings, { severity: 'note', subject: rules.to.name, message, hint }],
  }
}

/** The target with the partitions that the run would create. */
function withCreated(
  state: TargetState,
  source: RowSource,
  creation: PlannedCreation | undefined,
): TargetState {
  const parents = creation?.objects.flatMap(({ table }) => table?.partitionOf?.parent ?? []) ?? []
  if (parents.length === 0) return state
  const partitioned = new TableSet(parents)
  return { ...state, asFollowed: (catalog) => withPartitions(catalog, source.catalog, partitioned) }
}

/** Whether a note that a foreign key may be violated concerns a key for which violations were found. */
function isSaidBy(orphans: readonly Finding[], { code, subject, message }: Finding): boolean {
  const keyOf = (text: string) => /foreign key (".*?")(?=[ )])/.exec(text)?.[1]
  return (
    code === 'foreign-key' &&
    orphans.some((orphan) => orphan.subject === subject && keyOf(orphan.message) === keyOf(message))
  )
}

function describeFiring({ silenced, firing }: JudgedEventTriggers, { to }: RunRules): Finding[] {
  const notes = [
    ['Event triggers that do not fire for what mbsync creates and drops, as on a replica', silenced],
    ['Event triggers that fire for what mbsync creates and drops, and allow it', firing],
  ] as const
  return notes
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => {
      const message = `${what}: ${names.map((name) => `"${name}"`).join(', ')}`
      return { severity: 'note', code: 'event-trigger', subject: to.name, message }
    })
}
