import type { Command } from 'commander'
import type { CheckReport } from '../../jobs/check/check.ts'
import { checkToJson, countFailures } from '../json/check-to-json.ts'
import type { Presentation } from '../presentation.ts'
import { printCheck } from '../print/print-check.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import {
  addSelection,
  addSides,
  allowBlockingOption,
  createSchemaOption,
  creationOptions,
  followSchemaOption,
  PROFILE_DESCRIPTION,
  selectionOptions,
  skipUnsupportedOption,
} from './arguments.ts'
import type { PlanFlags } from './plan-request.ts'

interface CheckFlags extends PlanFlags {
  readonly sample?: boolean
}

const TEXT = {
  name: 'check',
  summary: 'check whether the next run would succeed',
  description:
    'Checks everything that a run of a profile needs: both servers, privileges, catalogs, search indexes, files. ' +
    'Each line reports ok, a note, a warning or a failure, and what to do. Changes nothing.',
  examples: [
    ['mbsync check prod-to-staging', 'what the next run would do'],
    ['mbsync check --json', 'as JSON, for a program'],
  ],
  statuses: ['done', 'usage', 'refused', 'interrupted', 'terminated'],
} as const

/** How the report of a check is shown. */
export const CHECK: Presentation<CheckReport> = {
  audience: 'anyone',
  print: printCheck,
  toJson: checkToJson,
  statusOf: ({ checks }) => (countFailures(checks) > 0 ? 'refused' : 'done'),
  isGoodNews: ({ checks }) => checks.every(({ status }) => status !== 'failure' && status !== 'warning'),
}

/** Adds `mbsync check [profile]`. */
export function addCheckCommand(program: Command, runJob: RunJob): void {
  addSelection(addSides(addCommand(program, TEXT).argument('[profile]', PROFILE_DESCRIPTION)))
    .addOption(createSchemaOption())
    .addOption(followSchemaOption())
    .addOption(skipUnsupportedOption())
    .addOption(allowBlockingOption())
    .option(
      '--sample',
      'show five masked values of each masked column, and one document of each search index',
    )
    .action(async (name: string | undefined, _: CheckFlags, command: Command) => {
      const flags = command.optsWithGlobals<CheckFlags>()
      const { allowBlocking = false, skipDrift: skipsDrift = false } = flags
      return runJob({
        flags,
        job: async ({ env, config, profile, context }) => {
          const { check } = await import('../../jobs/check/check.ts')
          const selected = {
            ...selectionOptions(flags),
            ...creationOptions(flags),
            allowBlocking,
            skipsDrift,
          }
          const { backups, envFile } = config()
          const program = { path: env.PATH, own: process.argv[1] }
          const options = { ...selected, backups, envFile, isSampled: flags.sample === true, program }
          return check(profile(name, flags), options, context)
        },
        presentation: CHECK,
      })
    })
}
