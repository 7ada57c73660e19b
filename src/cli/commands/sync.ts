import type { Command } from 'commander'
import { runResultToJson } from '../../api/json/run-result-to-json.ts'
import { type RunRequest, runProfile, runStatus } from '../../api/run-profile.ts'
import type { BackupMethod } from '../../config/config.ts'
import { ONE_OFF_PROFILE } from '../../config/read/built-in.ts'
import { shellWord } from '../../core/shell-word.ts'
import type { RunResult } from '../../run/run-result.ts'
import type { Presentation } from '../presentation.ts'
import { printRunResult } from '../print/print-run-result.ts'
import { searchWarnings } from '../print/print-search.ts'
import { runFigures, runIncomplete } from '../run-figures.ts'
import type { JobRequest, RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import {
  addLockWait,
  addSelection,
  addSides,
  allowBlockingOption,
  backupOption,
  createSchemaOption,
  creationOptions,
  expectWith,
  firstRunOption,
  followSchemaOption,
  massDeleteOption,
  notifiedAs,
  PROFILE_DESCRIPTION,
  selectionOptions,
  skipUnsupportedOption,
  strategyOption,
} from './arguments.ts'
import { type PlanFlags, planRequest } from './plan-request.ts'
import { RUN_STATUSES } from './statuses.ts'

/** The flags of `sync` and `full-sync`. */
export interface SyncFlags extends PlanFlags {
  readonly dryRun?: boolean
  readonly repair?: boolean
  readonly backup?: BackupMethod
  /** False with `--no-after`. */
  readonly after: boolean
  /** False with `--no-search`. */
  readonly search: boolean
  readonly allowMassDelete?: boolean
  readonly purge?: boolean
  readonly purgeKept?: boolean
}

const TEXT = {
  name: 'sync',
  summary: 'make the target equal to its source',
  description:
    'Makes the target of a profile equal to its source. Rows land beside the tables, and one transaction ' +
    'writes those that differ. Readers see the old rows until COMMIT; a failure leaves the target unchanged. ' +
    'If all tables are empty, rows are loaded straight into them. ' +
    'Tables that an earlier run has copied are read incrementally: only rows written since.',
  examples: [
    ['mbsync sync prod-to-staging', 'run the profile'],
    ['mbsync sync --dry-run', 'show what the only profile would do, and stop'],
    ['mbsync sync --create-schema', 'fill an empty database: create the schema first'],
    [
      'mbsync sync --from "$LIVE_URL" --to "$COPY_URL"',
      'without a configuration: two databases, every table',
    ],
    ["mbsync sync --table 'public.order*'", 'only some of its tables'],
    ['mbsync sync --json 2>> mbsync.log', 'the result for a program, the progress in a log'],
  ],
  statuses: RUN_STATUSES,
} as const

const PRESENTATION: Presentation<RunResult> = {
  audience: 'person',
  print: (result, page) => printRunResult(result, rollbackOf(result.profile), page),
  toJson: runResultToJson,
  logMessage: 'run finished',
  warningsOf: ({ warnings, search }) => [...warnings, ...searchWarnings(search)],
  figuresOf: runFigures,
  incompleteOf: runIncomplete,
  statusOf: runStatus,
}

function rollbackOf(profile: string): string {
  const target = profile === ONE_OFF_PROFILE ? '--to <database>' : shellWord(profile)
  return `mbsync rollback ${target}`
}

/** Adds `mbsync sync [profile]`. */
export function addSyncCommand(program: Command, runJob: RunJob): void {
  addSyncArguments(addCommand(program, TEXT))
    .option('--repair', 'read every row, and overwrite any changes made in the target')
    .action(async (name: string | undefined, _: SyncFlags, command: Command) => {
      const given = command.optsWithGlobals<SyncFlags>()
      expectWith(command, 'dryRun', ['count'])
      const flags = { ...given, isFull: given.repair === true }
      return flags.dryRun
        ? runJob(planRequest(name, flags, given.repair === true ? 'mbsync sync --repair' : 'mbsync sync'))
        : runJob(syncRequest('sync', name, flags))
    })
}

/** Adds what `sync` and `full-sync` take. */
export function addSyncArguments(command: Command): Command {
  addLockWait(addSides(command.argument('[profile]', PROFILE_DESCRIPTION)))
    .option('--dry-run', 'show what would be done, and change nothing')
    .option('--count', 'with --dry-run: compare all rows, and count what would change in each table')
  return addSelection(command)
    .addOption(createSchemaOption())
    .addOption(followSchemaOption())
    .addOption(skipUnsupportedOption())
    .addOption(backupOption())
    .addOption(strategyOption())
    .addOption(allowBlockingOption())
    .addOption(firstRunOption())
    .option('--purge', 'remove undo sets, backups and kept rows that hold values from before masking')
    .option(
      '--purge-kept',
      'like --purge, and remove kept rows of unknown origin, too, which staging may have made',
    )
    .option('--no-after', 'leave out the SQL files of the profile that run after the rows')
    .option('--no-search', 'leave the search indexes of the profile as they are')
    .addOption(massDeleteOption().conflicts('search'))
}

/** The request that runs a profile. */
export function syncRequest(
  command: 'sync' | 'full-sync',
  name: string | undefined,
  flags: SyncFlags,
): JobRequest<RunResult> {
  return {
    flags,
    job: async ({ config, context }) => runProfile(config(), runRequest(name, flags), context),
    presentation: PRESENTATION,
    notified: notifiedAs(command, name, flags),
  }
}

function runRequest(name: string | undefined, flags: SyncFlags): RunRequest {
  const { from, to, jobs, strategy, backup } = flags
  const mode = flags.repair === true ? 'repair' : flags.isFull === true ? 'full' : 'incremental'
  return {
    ...{ profile: name, from, to, jobs, strategy, backup, mode },
    ...selectionOptions(flags),
    ...creationOptions(flags),
    allowBlocking: flags.allowBlocking === true,
    purge: flags.purgeKept === true ? 'kept' : flags.purge === true,
    skipsDrift: flags.skipDrift === true,
    isSearched: flags.search,
    skipsAfter: !flags.after,
    allowMassDelete: flags.allowMassDelete === true,
  }
}
