import { resolve } from 'node:path'
import type { Command } from 'commander'
import { runResultToJson } from '../../api/json/run-result-to-json.ts'
import { withStrategy } from '../../api/run-profile.ts'
import type { BackupMethod, Config, RunRules } from '../../config/config.ts'
import { findDatabase } from '../../config/find-database.ts'
import { IMPORT_PROFILE } from '../../config/read/built-in.ts'
import { shellWord } from '../../core/shell-word.ts'
import type { RunResult } from '../../run/run-result.ts'
import type { Presentation } from '../presentation.ts'
import { printRunResult } from '../print/print-run-result.ts'
import { runFigures, runIncomplete } from '../run-figures.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import {
  addLockWait,
  addSelection,
  afterOption,
  allowBlockingOption,
  backupOption,
  createSchemaOption,
  creationOptions,
  firstRunOption,
  selectionOptions,
  skipUnsupportedOption,
  strategyOption,
  targetOption,
} from './arguments.ts'
import { type PlanFlags, planPresentation } from './plan-request.ts'
import { RUN_STATUSES } from './statuses.ts'

interface ImportFlags extends Omit<PlanFlags, 'after'> {
  readonly to: string
  readonly dryRun?: boolean
  readonly backup?: BackupMethod
  readonly after: readonly string[]
}

const TEXT = {
  name: 'import',
  summary: 'merge a dump into a database',
  description:
    "Makes the target's tables equal to a dump, as `sync` does with a live source. It checks every byte of the dump " +
    'first. Then rows land beside the tables, and one transaction writes those that differ.',
  examples: [
    ['mbsync import dumps/monday --to staging', 'a dump that is a folder'],
    ['mbsync import monday.sql.gz --to "$URL"', 'a dump that is one file'],
    ["mbsync import dumps/monday --to staging --table 'public.order*'", 'only some of its tables'],
    ['mbsync import dumps/monday --to staging --dry-run', 'show what it would do, and stop'],
  ],
  statuses: RUN_STATUSES,
} as const

/** Adds `mbsync import <dump>`. */
export function addImportCommand(program: Command, runJob: RunJob): void {
  const command = addLockWait(addCommand(program, TEXT))
    .argument('<dump>', 'the folder or the file that `mbsync export` wrote')
    .addOption(targetOption('the database to write').makeOptionMandatory())
    .option('--dry-run', 'check the dump and show what would be done, and change nothing')
  addSelection(command)
    .addOption(createSchemaOption('the dump'))
    .addOption(skipUnsupportedOption())
    .addOption(backupOption())
    .addOption(strategyOption())
    .addOption(afterOption())
    .addOption(allowBlockingOption())
    .addOption(firstRunOption())
    .action(async (dump: string, _: ImportFlags, command: Command) => {
      const flags = command.optsWithGlobals<ImportFlags>()
      const options = {
        dump,
        ...selectionOptions(flags),
        ...creationOptions(flags),
        allowBlocking: flags.allowBlocking === true,
        skipsDrift: flags.skipDrift === true,
      }
      if (flags.dryRun) {
        return runJob({
          flags,
          job: async ({ config, context }) => {
            const { planImport } = await import('../../jobs/import.ts')
            return planImport(rulesOf(config(), flags), options, context)
          },
          presentation: planPresentation(() => `mbsync import ${shellWord(dump)} --to ${shownTarget(flags)}`),
        })
      }
      return runJob({
        flags,
        job: async ({ config, context }) => {
          const { importDump } = await import('../../jobs/import.ts')
          const backup = flags.backup === 'dump' ? config().backups : undefined
          return importDump(rulesOf(config(), flags), { ...options, backup }, context)
        },
        presentation: presentation(flags),
        notified: { command: 'import', profile: IMPORT_PROFILE },
      })
    })
}

function presentation(flags: ImportFlags): Presentation<RunResult> {
  return {
    audience: 'person',
    print: (result, page) => printRunResult(result, `mbsync rollback --to ${shownTarget(flags)}`, page),
    toJson: runResultToJson,
    logMessage: 'run finished',
    warningsOf: ({ warnings }) => warnings,
    figuresOf: runFigures,
    incompleteOf: runIncomplete,
    statusOf: ({ skipped }) => (skipped.length === 0 ? 'done' : 'incomplete'),
  }
}

/** A URL holds a password, and is not repeated. */
function shownTarget({ to }: ImportFlags): string {
  return to.includes('://') ? '<database>' : shellWord(to)
}

function rulesOf(config: Config, flags: ImportFlags): RunRules {
  const { to, jobs, after } = flags
  const rules = {
    name: IMPORT_PROFILE,
    ...config.defaultRules,
    to: findDatabase(config, to, '--to'),
    ...(jobs === undefined ? {} : { jobs }),
    ...(after.length === 0 ? {} : { after: { folder: resolve('.'), patterns: after } }),
  }
  return withStrategy(rules, flags.strategy)
}
