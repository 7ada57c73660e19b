import type { Command } from 'commander'
import { rollbackResultToJson } from '../../api/json/run-result-to-json.ts'
import { sumOutcomes } from '../../api/sum-outcomes.ts'
import { targetRules } from '../../api/target-rules.ts'
import type { RollbackResult } from '../../jobs/rollback.ts'
import { describeCreated } from '../../run/creation/describe-created.ts'
import { describeTopics } from '../../run/follow/plan-follow.ts'
import type { SharedFlags } from '../common-flags.ts'
import { formatDuration } from '../format/format-duration.ts'
import { printable } from '../format/printable.ts'
import type { Presentation } from '../presentation.ts'
import type { Page } from '../print/page.ts'
import { describeChanges, describeSequences, printOutcomes } from '../print/print-outcomes.ts'
import { warningLines } from '../print/warning-lines.ts'
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

/** Prints what a rollback restored. */
export function printRollbackResult(result: RollbackResult, page: Page): void {
  const { paint } = page
  page.line()
  printOutcomes(result.tables, page)
  const { undoneDatabase } = result
  const done = paint.bold(`Run ${result.undoneRunId} undone in ${formatDuration(result.durationMs)}`)
  const facts = [describeChanges(result.tables), ...describeSequences(result.sequencesSet)].join(', ')
  if (undoneDatabase === undefined) page.prose(`${paint.green('✔')} ${done}: ${facts}.`)
  else {
    page.prose(`${paint.green('✔')} ${done}: the target is the previous database again.`)
    page.prose(
      paint.dim(`  The undone database is kept as ${printable(undoneDatabase)} until the next run drops it.`),
    )
  }
  if (result.created.length > 0)
    page.prose(
      paint.dim(
        `  What run ${result.undoneRunId} had created stays; only histories of migrations keep their rows: ${describeCreated(result.created)}.`,
      ),
    )
  if (result.followed.length > 0)
    page.prose(
      paint.dim(
        `  What run ${result.undoneRunId} had changed in the schema stays: ${describeTopics(result.followed)}.`,
      ),
    )
  if (undoneDatabase === undefined && result.tables.length === 0 && result.sequencesSet === 0)
    page.prose(
      paint.dim(
        `  Run ${result.undoneRunId} had changed nothing: the next rollback undoes the run before it.`,
      ),
    )
  page.line(paint.dim(`  The rollback is run ${result.runId}.`))
  for (const warning of result.warnings) for (const line of warningLines(warning, paint)) page.prose(line)
}
