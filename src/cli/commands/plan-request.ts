import { withStrategy } from '../../api/run-profile.ts'
import { profileArguments } from '../../config/command-arguments.ts'
import type { RunRules } from '../../config/config.ts'
import type { RunPlan } from '../../run/run-plan.ts'
import type { SharedFlags } from '../common-flags.ts'
import { countErrors } from '../count-errors.ts'
import { planToJson } from '../json/plan-to-json.ts'
import type { Presentation } from '../presentation.ts'
import { printPlan } from '../print/print-plan.ts'
import type { JobRequest } from '../run-job.ts'
import {
  type CreationFlags,
  creationOptions,
  type SelectionFlags,
  type SidesFlags,
  selectionOptions,
} from './arguments.ts'

/** The flags that shape a plan. */
export interface PlanFlags extends SharedFlags, SelectionFlags, CreationFlags, SidesFlags {
  readonly jobs?: number
  readonly strategy?: RunRules['strategy']
  readonly allowBlocking?: boolean
  readonly skipDrift?: boolean
  /** Whether to read every row: `full-sync`. */
  readonly isFull?: boolean
  /** False with `--no-after`. */
  readonly after?: boolean
  /** Whether to count what the run would change: `--count`. */
  readonly count?: boolean
}

/** How a plan is shown; `commandOf` names what would carry it out. */
export function planPresentation(commandOf: (plan: RunPlan) => string): Presentation<RunPlan> {
  return {
    audience: 'anyone',
    print: (plan, page) => printPlan(plan, commandOf(plan), page),
    toJson: planToJson,
    statusOf: ({ findings }) => (countErrors(findings) > 0 ? 'refused' : 'done'),
  }
}

/** The request that shows what a run would do: `mbsync check` and `--dry-run`. `command` is what would carry it out, without the profile. */
export function planRequest(
  name: string | undefined,
  flags: PlanFlags,
  command = 'mbsync sync',
): JobRequest<RunPlan> {
  const {
    allowBlocking = false,
    skipDrift: skipsDrift = false,
    isFull = false,
    count: isCounted = false,
    after = true,
  } = flags
  const asked = { ...selectionOptions(flags), ...creationOptions(flags) }
  const options = { ...asked, allowBlocking, skipsDrift, isFull, isCounted, skipsAfter: !after }
  return {
    flags,
    job: async ({ profile, context }) => {
      const { planSync } = await import('../../jobs/sync.ts')
      return planSync(withStrategy(profile(name, flags), flags.strategy), options, context)
    },
    presentation: planPresentation(({ profile }) => `${command} ${profileArguments(profile)}`),
  }
}
