import { sum } from '../../core/sum.ts'
import type { Asked } from '../asked.ts'
import { planFilling, planWith } from '../creation/create-missing.ts'
import { planCreation } from '../creation/plan-creation.ts'
import { findUnmaskedAgain } from '../find-unmasked-again.ts'
import { identifySession } from '../identify-database.ts'
import { splitAccepted } from '../is-accepted.ts'
import type { RunPlan } from '../run-plan.ts'
import { selectionOf } from '../selection-of.ts'
import { readLastMaskedIfAny } from '../target-state.ts'
import { judgeSwap } from './judge-swap.ts'
import { noteRoom } from './judge-target.ts'
import { readSwapFacts } from './read-swap-facts.ts'

/** Plans what a swap would do now. Changes nothing. Errors are in the plan, not thrown. */
export async function planSwap({ target, origin, rules, options, context }: Asked): Promise<RunPlan> {
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
      tables,
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
