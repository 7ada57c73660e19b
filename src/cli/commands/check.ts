import type { Command } from 'commander'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import { allowBlockingOption, jobsOption, PROFILE_DESCRIPTION, tableOption } from './arguments.ts'
import { type PlanFlags, planRequest } from './plan-request.ts'

const TEXT = {
  name: 'check',
  summary: 'prove that the next run would work',
  description:
    'Connects to both sides of a profile, compares their catalogs and privileges, and shows what a run would do and ' +
    'everything that would stop it. Changes nothing.',
  examples: [
    ['mbsync check prod-to-staging', 'what the next run would do'],
    ['mbsync check --json', 'the same for a program'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'interrupted', 'terminated'],
} as const

/** Adds `mbsync check [profile]`. */
export function addCheckCommand(program: Command, runJob: RunJob): void {
  addCommand(program, TEXT)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .addOption(jobsOption())
    .addOption(tableOption())
    .addOption(allowBlockingOption())
    .action(async (name: string | undefined, _: PlanFlags, command: Command) => {
      return runJob(planRequest(name, command.optsWithGlobals<PlanFlags>()))
    })
}
