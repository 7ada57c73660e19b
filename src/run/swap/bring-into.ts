import type { RunRules } from '../../config/config.ts'
import { countOf } from '../../core/count-of.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { sum } from '../../core/sum.ts'
import type { Database } from '../../postgres/database.ts'
import { type ExpectedTime, readExpectedTime } from '../../state/expected-time.ts'
import { stateOf } from '../../state/migrate.ts'
import { noteFinding } from '../../transfer/validate/finding.ts'
import { type ReadScripts, readScripts } from '../after/read-scripts.ts'
import type { Asked } from '../asked.ts'
import { planFilling, planWith } from '../creation/create-missing.ts'
import { planCreation } from '../creation/plan-creation.ts'
import { findUnmaskedAgain } from '../find-unmasked-again.ts'
import { identifySession } from '../identify-database.ts'
import { isAccepted, splitAccepted } from '../is-accepted.ts'
import type { Origin } from '../origin.ts'
import { planInto } from '../plan-into.ts'
import { refuseFindings } from '../refuse-findings.ts'
import { runInto } from '../run-into.ts'
import type { RunOptions, RunPlan } from '../run-plan.ts'
import type { RunResult } from '../run-result.ts'
import { selectionOf } from '../selection-of.ts'
import { readLastMaskedIfAny } from '../target-state.ts'
import { isRefusedForDrift, waysOutOfDrift, whySwap } from './choose-swap.ts'
import { errorsOf } from './judge-again.ts'
import { judgeSwap } from './judge-swap.ts'
import { noteRoom } from './judge-target.ts'
import { readSwapFacts } from './read-swap-facts.ts'
import { swapInto } from './swap-into.ts'

/**
 * Makes the target equal to the origin: in place, or by a new database if `strategy` is swap.
 * @throws RefusedError if a file of `after` cannot be run, or for any other obstacle
 */
export async function bringInto(asked: Asked): Promise<RunResult> {
  const { origin, rules, options, context } = asked
  const { scripts, findings } = await readAsked(rules, options)
  refuseFindings(findings, origin.rehearsal)
  const whole = { ...asked, options: { ...options, after: scripts } }
  const { reason, refusal } = await lookFirst(whole)
  if (refusal !== undefined) context.report({ type: 'info', message: refusal.message })
  if (reason !== undefined) context.report({ type: 'info', message: `The run is a swap: ${reason}` })
  const chosen = reason === undefined ? rules : { ...rules, strategy: 'swap' as const }
  const bring = chosen.strategy === 'swap' ? swapInto : runInto
  const result = await bring({ ...whole, rules: chosen })
  return { ...result, notes: [...findings.filter((note) => !isAccepted(rules, note)), ...result.notes] }
}

/** Plans what {@link bringInto} would do now. Changes nothing. Validation errors are in the plan, not thrown. */
export async function planBringing(asked: Asked): Promise<RunPlan> {
  const { target, origin, rules, options } = asked
  const { scripts, findings } = await readAsked(rules, options)
  const plan = await planAsked({ ...asked, options: { ...options, after: scripts } })
  const expected = await expectTime(target, rules, plan)
  const more = [...findings, ...(plan.strategy.kind === 'swap' ? [] : adviseOnDrift(plan, origin, rules))]
  return {
    ...plan,
    findings: [...more.filter((finding) => !isAccepted(rules, finding)), ...plan.findings],
    ...(scripts.length === 0
      ? {}
      : { after: scripts.map(({ file, statements }) => ({ file, statements: statements.length })) }),
    ...(expected === undefined ? {} : { expected }),
  }
}

async function planAsked(asked: Asked): Promise<RunPlan> {
  const { rules, options } = asked
  const { reason, plan } = await lookFirst(asked)
  if (reason !== undefined)
    return planSwap({
      ...asked,
      rules: { ...rules, strategy: 'swap' },
      options: { ...options, swapReason: reason },
    })
  if (rules.strategy === 'swap') return planSwap(asked)
  return plan ?? planInto(asked)
}

/**
 * If the run may choose a swap, it is planned in place first, which shows whether a swap is needed and why. A swap that is not possible is
 * not chosen.
 */
async function lookFirst(
  asked: Asked,
): Promise<{ readonly reason?: string; readonly plan?: RunPlan; readonly refusal?: Finding }> {
  const { target, origin, rules, options } = asked
  if (rules.strategy !== 'auto' || rules.swap.auto !== 'allow') return {}
  const plan = await planInto(asked)
  const reason = whySwap(plan)
  if (reason === undefined) return { plan }
  const session = await target.session()
  const { findings, early } = await judgeSwap(target, session, origin, rules, options)
  target.giveBack(session)
  const [error, ...more] = errorsOf([...findings, ...early])
  if (error === undefined) return { plan, reason }
  const [refusal = error] = coded('swap', [whyNoSwap(rules.to.name, reason, error, more.length)])
  return { plan: { ...plan, findings: [...plan.findings, refusal] }, refusal }
}

function whyNoSwap(target: string, reason: string, { subject, message }: Finding, more: number): Finding {
  const others = more === 0 ? '' : `, and for ${countOf(more, 'other reason')}`
  return noteFinding(
    target,
    `the run is no swap, although ${reason}: ${subject}: ${message}${others}`,
    '`--strategy swap --dry-run` lists all that stands in the way of a swap.',
  )
}

/** If the target has none of the tables, the finding about that has the cure. */
function adviseOnDrift({ findings, tables }: RunPlan, { readDetails }: Origin, { to }: RunRules): Finding[] {
  if (!isRefusedForDrift(findings) || tables.length === 0) return []
  const message = 'only differences between the schemas prevent the run'
  return coded('swap', [noteFinding(to.name, message, waysOutOfDrift(readDetails !== undefined))])
}

/** If nothing is known of earlier runs, nothing is assumed. */
async function expectTime(
  target: Database,
  { name }: RunRules,
  { strategy }: RunPlan,
): Promise<ExpectedTime | undefined> {
  return target
    .withClosingSession(async (session) =>
      (await stateOf(session)) === 'current' ? readExpectedTime(session, name, strategy.kind) : undefined,
    )
    .catch(() => undefined)
}

async function readAsked(rules: RunRules, { skipsAfter }: RunOptions): Promise<ReadScripts> {
  return skipsAfter === true ? { scripts: [], findings: [] } : readScripts(rules)
}

/** Plans what a swap would do now. Changes nothing. Errors are in the plan, not thrown. */
async function planSwap({ target, origin, rules, options, context }: Asked): Promise<RunPlan> {
  context.report({ type: 'phase', phase: 'validate' })
  const session = await target.session()
  const { facts } = await identifySession(session)
  const judged = await judgeSwap(target, session, origin, rules, options)
  const room = await readSwapFacts(session)
  const selection = { ...selectionOf(rules, options), takesHistories: true }
  return origin.open(selection, rules.jobs, async (source) => {
    const { server, tables, sequences } = source.catalog
    const names = tables.map(({ name }) => name)
    const schema = (await origin.readSchema(source)) ?? { serverVersion: 0, objects: [], unsupported: [] }
    const creation = await planCreation(session, {
      scope: 'everything',
      source: schema,
      tables: names,
      rules,
      options,
      isNew: true,
    })
    const plan: RunPlan = {
      profile: rules.name,
      source: { name: origin.name, database: server.database, serverVersion: server.version },
      target: { name: rules.to.name, database: facts.database, serverVersion: facts.version },
      strategy: { kind: 'swap', reason: options.swapReason ?? 'chosen by the profile or --strategy' },
      mergeMode: 'owner',
      findings: [...source.findings, ...judged.findings, ...judged.early],
      accepted: [],
      skipped: [],
      creates: [],
      follows: [],
      tables: [],
      sequences: sequences.length,
    }
    const unmasked = await findUnmaskedAgain(
      session,
      source.catalog,
      selection,
      rules,
      await readLastMaskedIfAny(session),
    )
    const filled = planFilling(source, names, rules.jobs, plan.strategy)
    const planned = planWith(plan, creation, filled)
    const comingBytes = sum(filled.map(({ estimatedBytes }) => estimatedBytes))
    const findings = [...planned.findings, ...unmasked, ...noteRoom(room, rules, comingBytes)]
    return { ...planned, ...splitAccepted(rules, findings) }
  })
}
