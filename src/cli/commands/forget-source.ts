import type { Command } from 'commander'
import { findDatabase } from '../../config/find-database.ts'
import type { ForgetResult } from '../../jobs/forget-source.ts'
import type { SharedFlags } from '../common-flags.ts'
import { printable } from '../format/printable.ts'
import type { Presentation } from '../presentation.ts'
import type { Page } from '../print/page.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import { addLockWait, yesOption } from './arguments.ts'

const TEXT = {
  name: 'forget-source',
  summary: 'forget where the rows of a database came from, after source and target changed roles',
  description:
    'A target remembers the sources of its runs, and no run copies it into one of those: ' +
    'swapped URLs would overwrite production. If databases have really changed roles, this command makes the target forget. It asks first, ' +
    'and changes nothing else.',
  examples: [
    ['mbsync forget-source staging', 'let staging become the source of runs into its former source'],
    ['mbsync forget-source staging production', 'forget only one of several'],
    ['mbsync forget-source staging --yes', 'without being asked'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'locked', 'interrupted', 'terminated'],
} as const

const PRESENTATION: Presentation<ForgetResult> = {
  audience: 'anyone',
  print: printForgetResult,
  toJson: (result) => result,
}

/** Adds `mbsync forget-source <database> [source]`. */
export function addForgetSourceCommand(program: Command, runJob: RunJob): void {
  addLockWait(addCommand(program, TEXT))
    .argument('<database>', 'the database that forgets: its name in mbsync.yaml, or a URL')
    .argument('[source]', 'the source to forget, by its earlier name (default: all of them)')
    .addOption(yesOption('forget without being asked'))
    .action(async (database: string, source: string | undefined, _: SharedFlags, command: Command) => {
      const flags = command.optsWithGlobals<SharedFlags>()
      return runJob({
        flags,
        job: async ({ config, context }) => {
          const { forgetSource } = await import('../../jobs/forget-source.ts')
          const { defaultRules } = config()
          return forgetSource(
            { ...defaultRules, to: findDatabase(config(), database, '<database>') },
            source,
            context,
          )
        },
        presentation: PRESENTATION,
      })
    })
}

/** Prints which sources a database has forgotten. */
function printForgetResult({ database, sources }: ForgetResult, page: Page): void {
  const { paint } = page
  for (const { name, database: own } of sources) {
    const which = `${printable(name)}, database ${printable(own)}`
    page.prose(`${paint.green('✔')} ${paint.bold(printable(database))} has forgotten its source ${which}.`)
  }
}
