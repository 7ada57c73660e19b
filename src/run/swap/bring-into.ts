import type { RunRules } from '../../config/config.ts'
import type { Database } from '../../postgres/database.ts'
import type { JobContext } from '../../progress/job-context.ts'
import type { Origin } from '../origin.ts'
import { planInto } from '../plan-into.ts'
import { runInto } from '../run-into.ts'
import type { RunOptions, RunPlan } from '../run-plan.ts'
import type { RunResult } from '../run-result.ts'
import { planSwap } from './plan-swap.ts'
import { swapInto } from './swap-into.ts'

/** Brings the target to the state of the origin: in place, or by a new database where `strategy` is swap. */
export function bringInto(
  target: Database,
  origin: Origin,
  rules: RunRules,
  options: RunOptions,
  context: JobContext,
): Promise<RunResult> {
  const bring = rules.strategy === 'swap' ? swapInto : runInto
  return bring(target, origin, rules, options, context)
}

/** What {@link bringInto} would do now. Changes nothing. Validation errors are in the plan, not thrown. */
export function planBringing(
  target: Database,
  origin: Origin,
  rules: RunRules,
  options: RunOptions,
  context: JobContext,
): Promise<RunPlan> {
  const plan = rules.strategy === 'swap' ? planSwap : planInto
  return plan(target, origin, rules, options, context)
}
