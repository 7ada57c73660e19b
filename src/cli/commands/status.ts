import type { Command } from 'commander'
import { statusToJson } from '../json/status-to-json.ts'
import { printStatus } from '../print/print-status.ts'
import type { RunJob } from '../run-job.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { addCommand } from './add-command.ts'
import { PROFILE_DESCRIPTION, parseCount, targetOption } from './arguments.ts'
import { targetRules } from './target-rules.ts'

interface StatusFlags extends SharedFlags {
  readonly to?: string
  readonly limit: number
}

const MOST_RUNS = 10_000

const TEXT = {
  name: 'status',
  summary: 'list the last runs',
  description:
    'Lists the last runs of a profile from the state in its target, newest first. Changes nothing.',
  examples: [
    ['mbsync status prod-to-staging', 'the last ten runs'],
    ['mbsync status --to staging', 'all runs on a database'],
    ['mbsync status --limit 1 --json', 'the last run, for a program'],
  ],
  statuses: ['done', 'failed', 'usage', 'interrupted', 'terminated'],
} as const

/** Adds `mbsync status [profile]`. */
export function addStatusCommand(program: Command, runJob: RunJob): void {
  addCommand(program, TEXT)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .addOption(targetOption('list all runs on this database, imports too'))
    .option('--limit <n>', 'how many runs to list', (text) => parseCount(text, MOST_RUNS), 10)
    .action(async (name: string | undefined, _: StatusFlags, command: Command) => {
      const flags = command.optsWithGlobals<StatusFlags>()
      return runJob({
        flags,
        job: async ({ config, watch }) => {
          const { status } = await import('../../jobs/status.ts')
          const read = config()
          const { rules, profile } = targetRules(read, name, flags)
          return status(rules, { profile, limit: flags.limit, searchIndexes: read.searchIndexes }, watch)
        },
        presentation: { audience: 'anyone', print: printStatus, toJson: statusToJson },
      })
    })
}
