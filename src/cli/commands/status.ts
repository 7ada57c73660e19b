import { type Command, InvalidArgumentError } from 'commander'
import { type StatusReport, status } from '../../jobs/status.ts'
import { statusToJson } from '../json/status-to-json.ts'
import type { Presentation } from '../presentation.ts'
import { printStatus } from '../print/print-status.ts'
import type { RunJob } from '../run-job.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { addCommand } from './add-command.ts'
import { PROFILE_DESCRIPTION, parseCount, targetOption } from './arguments.ts'
import { targetRules } from './target-rules.ts'

interface StatusFlags extends SharedFlags {
  readonly to?: string
  readonly limit: number
  readonly maxAge?: number
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
    ['mbsync status --max-age 26h --quiet', 'exit status 1 unless the last run went well, and within a day'],
  ],
  statuses: ['done', 'failed', 'usage', 'interrupted', 'terminated'],
} as const

const PRESENTATION: Presentation<StatusReport> = {
  audience: 'anyone',
  print: printStatus,
  toJson: statusToJson,
  statusOf: ({ health }) => (health?.isHealthy === false ? 'failed' : 'done'),
}

/** Adds `mbsync status [profile]`. */
export function addStatusCommand(program: Command, runJob: RunJob): void {
  addCommand(program, TEXT)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .addOption(targetOption('list all runs on this database, imports too'))
    .option('--limit <n>', 'how many runs to list', (text) => parseCount(text, MOST_RUNS), 10)
    .option(
      '--max-age <duration>',
      'end with 1 unless the last run that ended went well, and so long ago at most, such as 26h',
      parseAge,
    )
    .action(async (name: string | undefined, _: StatusFlags, command: Command) => {
      const flags = command.optsWithGlobals<StatusFlags>()
      return runJob({
        flags,
        job: async ({ config, watch }) => {
          const { rules, profile } = targetRules(config(), name, flags)
          return status(rules, { profile, limit: flags.limit, maxAgeMs: flags.maxAge }, watch)
        },
        presentation: PRESENTATION,
      })
    })
}

const HOUR_MS = 3_600_000
const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS }

function parseAge(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  const ageMs = Number(count) * (UNITS_MS[unit] ?? 0)
  if (ageMs > 0) return ageMs
  throw new InvalidArgumentError('Give a duration such as 90m, 26h or 8d.')
}
