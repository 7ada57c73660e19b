import type { Command } from 'commander'
import { UsageError } from '../../core/errors.ts'
import type { DumpList, PruneResult } from '../../dump/list-dumps.ts'
import type { SharedFlags } from '../common-flags.ts'
import { dumpListToJson } from '../json/dump-to-json.ts'
import type { Presentation } from '../presentation.ts'
import { printDumpList, printPruneResult, printVerifiedDumps } from '../print/print-dumps.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import { jobsOption, parseCount } from './arguments.ts'
import { parseDaysFlag } from './duration-argument.ts'

interface VerifyFlags extends SharedFlags {
  readonly jobs?: number
}

interface PruneFlags extends SharedFlags {
  readonly keepLast?: number
  readonly keepDays?: number
  readonly dryRun?: boolean
}

const DEFAULT_JOBS = 4
const MOST_KEPT = 100_000

const LIST_TEXT = {
  name: 'list',
  summary: 'list the dumps in a folder',
  description:
    'Lists the dumps in a folder with their contents, including damaged and unfinished ones. Reads no rows.',
  examples: [['mbsync dumps list dumps', 'what is there']],
  statuses: ['done', 'failed', 'usage'],
} as const

const VERIFY_TEXT = {
  name: 'verify',
  summary: 'check every byte of dumps',
  description:
    'Reads every byte of a dump, or of all dumps in a folder, and checks checksums, compression, scripts and row counts.',
  examples: [
    ['mbsync dumps verify dumps/monday', 'one dump'],
    ['mbsync dumps verify dumps', 'all of them'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'interrupted', 'terminated'],
} as const

const PRUNE_TEXT = {
  name: 'prune',
  summary: 'remove old dumps',
  description:
    'Removes old dumps from a folder, and what interrupted exports left. Keeps dumps that any rule keeps, and the newest ' +
    'complete dump of each database and selection. Does not remove damaged dumps.',
  examples: [
    ['mbsync dumps prune dumps --keep-last 7', 'the last seven of each'],
    [
      'mbsync dumps prune dumps --keep-last 3 --keep-days 30',
      'the last three, and all of the last thirty days',
    ],
    ['mbsync dumps prune dumps --keep-days 30 --dry-run', 'only print what would be removed'],
  ],
  statuses: ['done', 'failed', 'usage'],
} as const

const LIST: Presentation<DumpList> = { audience: 'anyone', print: printDumpList, toJson: dumpListToJson }

const VERIFY: Presentation<DumpList> = {
  audience: 'anyone',
  print: printVerifiedDumps,
  toJson: dumpListToJson,
  statusOf: ({ dumps }) => (dumps.some(({ state }) => state === 'damaged') ? 'refused' : 'done'),
  isGoodNews: ({ dumps }) => dumps.every(({ state }) => state === 'complete'),
}

const PRUNE: Presentation<PruneResult> = {
  audience: 'anyone',
  print: printPruneResult,
  toJson: dumpListToJson,
  isGoodNews: ({ isDryRun }) => !isDryRun,
}

/** Adds `mbsync dumps list|verify|prune <folder>`. */
export function addDumpsCommand(program: Command, runJob: RunJob): void {
  const dumps = program
    .command('dumps')
    .summary('list, verify and prune dumps')
    .description('Lists, checks and removes dumps on disk.')
  addCommand(dumps, LIST_TEXT)
    .argument('<folder>', 'the folder that holds the dumps')
    .action(async (folder: string, _: SharedFlags, command: Command) => {
      const flags = command.optsWithGlobals<SharedFlags>()
      return runJob({ flags, job: () => list(folder), presentation: LIST })
    })
  addCommand(dumps, VERIFY_TEXT)
    .argument('<folder>', 'a dump, or a folder that holds dumps')
    .addOption(jobsOption('read this many files at once'))
    .action(async (folder: string, _: VerifyFlags, command: Command) => {
      const flags = command.optsWithGlobals<VerifyFlags>()
      return runJob({
        flags,
        job: async ({ context }) => {
          const { verifyDumps } = await import('../../jobs/verify-dumps.ts')
          return verifyDumps(folder, { jobs: flags.jobs ?? DEFAULT_JOBS }, context)
        },
        presentation: VERIFY,
      })
    })
  addCommand(dumps, PRUNE_TEXT)
    .argument('<folder>', 'the folder that holds the dumps')
    .option('--keep-last <n>', 'keep the n newest dumps of each database', (text) =>
      parseCount(text, MOST_KEPT),
    )
    .option('--keep-days <n>', 'keep dumps younger than n days, or than a duration such as 36h', (text) =>
      parseDaysFlag(text, MOST_KEPT),
    )
    .option('--dry-run', 'print what would be removed, and remove nothing')
    .action(async (folder: string, _: PruneFlags, command: Command) => {
      const flags = command.optsWithGlobals<PruneFlags>()
      return runJob({ flags, job: async () => prune(folder, flags), presentation: PRUNE })
    })
}

async function list(folder: string): Promise<DumpList> {
  const { listDumps } = await import('../../dump/list-dumps.ts')
  return listDumps(folder)
}

async function prune(
  folder: string,
  { keepLast, keepDays, dryRun = false }: PruneFlags,
): Promise<PruneResult> {
  if (keepLast === undefined && keepDays === undefined) {
    throw new UsageError('Missing --keep-last or --keep-days', {
      hint: 'Give --keep-last <n>, --keep-days <n>, or both.',
    })
  }
  const { pruneDumps } = await import('../../dump/list-dumps.ts')
  return pruneDumps(folder, { keepLast, keepDays }, { isDryRun: dryRun })
}
