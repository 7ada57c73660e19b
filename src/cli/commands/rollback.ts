import type { Command } from 'commander'
import { rollbackResultToJson } from '../../api/json/run-result-to-json.ts'
import { sumOutcomes } from '../../api/sum-outcomes.ts'
import { targetRules } from '../../api/target-rules.ts'
import type { RollbackResult } from '../../jobs/rollback.ts'
import type { SharedFlags } from '../common-flags.ts'
import type { Presentation } from '../presentation.ts'
import { printRollbackResult } from '../print/print-rollback-result.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import {
  addLockWait,
  allowBlockingOption,
  PROFILE_DESCRIPTION,
  targetOption,
  yesOption,
} from './arguments.ts'
import { RUN_STATUSES } from './statuses.ts'

interface RollbackFlags extends SharedFlags {
  readonly to?: string
  readonly force?: boolean
  readonly allowBlocking?: boolean
}

const TEXT = {
  name: 'rollback',
  summary: 'undo the last run',
  description:
    'Restores the target of a profile to its state before its last run, in one transaction. If you repeat it, it undoes ' +
    'the run before that. It shows what it will restore, and asks first. It refuses if the target has changed since.',
  examples: [
    ['mbsync rollback prod-to-staging', 'undo the last run'],
    ['mbsync rollback --to staging', 'undo the last run on a database, such as an import'],
    ['mbsync rollback --yes', 'undo it without being asked: for scripts'],
    ['mbsync rollback --force', 'undo it although the target has changed since'],
  ],
  statuses: RUN_STATUSES,
} as const

const PRESENTATION: Presentation<RollbackResult> = {
  audience: 'person',
  print: printRollbackResult,
  toJson: rollbackResultToJson,
  logMessage: 'rollback finished',
  warningsOf: ({ warnings }) => warnings,
  figuresOf: ({ tables }) => ({ rows: sumOutcomes(tables) }),
}

/** Adds `mbsync rollback [profile]`. */
export function addRollbackCommand(program: Command, runJob: RunJob): void {
  addLockWait(addCommand(program, TEXT))
    .argument('[profile]', PROFILE_DESCRIPTION)
    .addOption(targetOption('undo the last run on this database, of any kind'))
    .option('--force', 'overwrite what has changed in the target since the run')
    .addOption(allowBlockingOption())
    .addOption(yesOption('undo the run without being asked'))
    .action(async (name: string | undefined, _: RollbackFlags, command: Command) => {
      const flags = command.optsWithGlobals<RollbackFlags>()
      return runJob({
        flags,
        job: async ({ config, context }) => {
          const { rollback } = await import('../../jobs/rollback.ts')
          const { rules, profile } = targetRules(config(), name, flags)
          const { force = false, allowBlocking = false } = flags
          return rollback(rules, { profile, force, allowBlocking }, context)
        },
        presentation: PRESENTATION,
        notified: { command: 'rollback', profile: flags.to === undefined ? name : null },
      })
    })
}
