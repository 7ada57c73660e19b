import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { tableToJson } from '../../api/json/table-to-json.ts'
import { targetRules } from '../../api/target-rules.ts'
import type { Config } from '../../config/config.ts'
import { EXIT_CODES, type ExitStatus } from '../../core/exit-codes.ts'
import type { RunDetail } from '../../jobs/show-run.ts'
import type { RunSummary, StatusReport } from '../../jobs/status.ts'
import type { WrittenPage } from '../../jobs/status-page.ts'
import type { SharedFlags } from '../common-flags.ts'
import { printable } from '../format/printable.ts'
import type { Presentation } from '../presentation.ts'
import { printRun } from '../print/print-run.ts'
import { printStatus } from '../print/print-status.ts'
import type { JobRequest, RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import { PROFILE_DESCRIPTION, parseCount, targetOption } from './arguments.ts'
import { parseDurationFlag } from './duration-argument.ts'

interface StatusFlags extends SharedFlags {
  readonly to?: string
  readonly limit: number
  readonly watch?: boolean
  readonly html?: string
  readonly maxAge?: number
}

const MOST_RUNS = 10_000
const HIGHEST_RUN = 999_999_999
const OLDEST_DAYS = 36_500

const TEXT = {
  name: 'status',
  summary: 'list the last runs, show one, or watch it',
  description:
    'Lists the last runs of a profile from the state in its target, newest first; with the number of a run, shows everything ' +
    'that is known about it; with --watch, follows the run that is under way. Changes nothing.',
  examples: [
    ['mbsync status prod-to-staging', 'the last ten runs'],
    ['mbsync status 42', 'one run in full: tables, phases, warnings'],
    ['mbsync status --watch', 'follow the run that cron has started, with its bars'],
    ['mbsync status --html status.html', 'the last run and those before it as a page'],
    ['mbsync status --to staging', 'all runs on a database'],
    ['mbsync status --limit 1 --json', 'the last run, for a program'],
    [
      'mbsync status --max-age 26h --quiet',
      'exit status 1 unless the last run succeeded, at most 26 hours ago',
    ],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'incomplete', 'interrupted', 'terminated'],
} as const

const LIST: Presentation<StatusReport> = {
  audience: 'anyone',
  print: printStatus,
  toJson: statusToJson,
  statusOf: ({ health }) => (health?.isHealthy === false ? 'failed' : 'done'),
  isGoodNews: ({ health }) => health?.isHealthy === true,
}

const RUN: Presentation<RunDetail | undefined> = {
  audience: 'anyone',
  print: printRun,
  toJson: runDetailToJson,
}

const WATCHED: Presentation<RunDetail | undefined> = {
  ...RUN,
  statusOf: (run) => (run === undefined ? 'done' : exitStatusOf(run)),
}

/** Adds `mbsync status [profile] [run]`. */
export function addStatusCommand(program: Command, runJob: RunJob): void {
  addCommand(program, TEXT)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .argument('[run]', 'the number of a run, which may also stand alone', (text) =>
      parseCount(text, HIGHEST_RUN),
    )
    .addOption(targetOption('list all runs on this database, including imports'))
    .option('--limit <n>', 'how many runs to list', (text) => parseCount(text, MOST_RUNS), 10)
    .addOption(
      new Option('--watch', 'follow the run that is under way, and exit with its status').conflicts('maxAge'),
    )
    .addOption(
      new Option('--html <file>', 'write the run, and the last ones, as a page to this file').conflicts([
        'watch',
        'maxAge',
      ]),
    )
    .option(
      '--max-age <duration>',
      'exit with 1 unless the last finished run succeeded, and ended less than this long ago, such as 26h',
      (text) => parseDurationFlag(text, { mostDays: OLDEST_DAYS }),
    )
    .action(async (name: string | undefined, run: number | undefined, _: StatusFlags, command: Command) => {
      const flags = command.optsWithGlobals<StatusFlags>()
      if (flags.html !== undefined) return runJob(pageRequest(name, run, flags, flags.html))
      if (flags.watch === true || run !== undefined || isNumber(name))
        return runJob(runRequest(name, run, flags))
      return runJob({
        flags,
        job: async ({ config, context }) => {
          const { status } = await import('../../jobs/status.ts')
          const read = config()
          const { rules, profile } = targetRules(read, name, flags)
          const { limit, maxAge: maxAgeMs } = flags
          return status(rules, { profile, limit, maxAgeMs, searchIndexes: read.searchIndexes }, context)
        },
        presentation: LIST,
      })
    })
}

/** A run, shown as it is or watched to its end. */
function runRequest(
  name: string | undefined,
  run: number | undefined,
  flags: StatusFlags,
): JobRequest<RunDetail | undefined> {
  const isWatched = flags.watch === true
  return {
    flags,
    job: async ({ config, context }) => {
      const { rules, choice } = meant(config(), name, run, flags)
      if (isWatched) return (await import('../../jobs/watch-run.ts')).watchRun(rules, choice, context)
      return (await import('../../jobs/show-run.ts')).showRun(rules, choice, context)
    },
    ...(isWatched
      ? { presentation: WATCHED, stopping: 'No longer watching. The run continues.' }
      : { presentation: RUN }),
  }
}

function pageRequest(
  name: string | undefined,
  run: number | undefined,
  flags: StatusFlags,
  file: string,
): JobRequest<WrittenPage> {
  return {
    flags,
    job: async ({ config, cwd, context }) => {
      const { writeStatusPage } = await import('../../jobs/status-page.ts')
      const { renderPage } = await import('../html/render-page.ts')
      const { rules, choice } = meant(config(), name, run, flags)
      const options = { ...choice, limit: flags.limit, path: resolve(cwd, file) }
      return writeStatusPage(rules, options, renderPage, context)
    },
    presentation: {
      audience: 'anyone',
      print: ({ path }, page) => page.line(`Written to ${printable(path)}`),
      toJson: ({ path, runId }) => ({ path, runId: runId ?? null }),
    },
  }
}

/** A number that stands alone is that of a run. */
function meant(config: Config, name: string | undefined, run: number | undefined, flags: StatusFlags) {
  const isAlone = run === undefined && isNumber(name)
  const { rules, profile } = targetRules(config, isAlone ? undefined : name, flags)
  return { rules, choice: { profile, runId: isAlone ? Number(name) : run } }
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,15}$/.test(text)
}

/** The exit status of a run that is over. One that died after its COMMIT has changed the target, and left the rest undone. */
function exitStatusOf({ exitCode, status }: Pick<RunDetail, 'exitCode' | 'status'>): ExitStatus {
  for (const [name, { code }] of Object.entries(EXIT_CODES)) {
    if (code === exitCode) return name as ExitStatus
  }
  return status === 'succeeded' ? 'incomplete' : 'failed'
}

/** The report of `status` as `--json` prints it; documented in docs/JSON.md. */
function statusToJson({ runs, profile, ...report }: StatusReport): object {
  return { profile: profile ?? null, ...report, runs: runs.map(runToJson) }
}

/** One run as `status <run> --json` prints it. */
function runDetailToJson(run: RunDetail | undefined): object {
  if (run === undefined) return { run: null }
  const { tables, source, undoneRunId, timeline, created, followed, ...summary } = run
  return {
    run: {
      ...runToJson(summary),
      source: source ?? null,
      undoneRunId: undoneRunId ?? null,
      created: Object.fromEntries(created),
      followed: Object.fromEntries(followed),
      timeline: timeline ?? null,
      tables: tables.map(({ table, ...figures }) => ({ ...tableToJson(table), ...figures })),
    },
  }
}

function runToJson<T extends RunSummary>(summary: T): object {
  const { startedAt, finishedAt, error, hint, exitCode, backup, ...run } = summary
  return {
    ...run,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    error: error ?? null,
    hint: hint ?? null,
    exitCode: exitCode ?? null,
    backup: backup ?? null,
  }
}
