import type { Command } from 'commander'
import { UsageError } from '../../core/errors.ts'
import { shellWord } from '../../core/shell-word.ts'
import type { SharedFlags } from '../common-flags.ts'
import { checkToJson } from '../json/check-to-json.ts'
import type { Presentation } from '../presentation.ts'
import { type InitResult, printInitResult } from '../print/print-init-result.ts'
import type { App, RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import { CHECK } from './check.ts'

interface InitFlags extends SharedFlags {
  readonly source?: string
  readonly target?: string
  readonly blank?: boolean
  readonly force?: boolean
}

const TEXT = {
  name: 'init',
  summary: 'write a first mbsync.yaml and .env',
  description:
    'Inspects the source and writes an mbsync.yaml that fits it, and a .env with the URLs, into the current folder. Then it ' +
    'checks them, offers to protect the source against writes, and prints a line for cron. URLs come from the variables PRODUCTION_DATABASE_URL and ' +
    'STAGING_DATABASE_URL, from flags, or from questions on a terminal.',
  examples: [
    ['mbsync init', 'ask for missing URLs'],
    ['mbsync init --source "$LIVE_URL" --target "$COPY_URL"', 'ask nothing'],
    ['mbsync init --blank', 'write an mbsync.yaml that shows every key, without connecting'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'interrupted', 'terminated'],
} as const

const PRESENTATION: Presentation<InitResult> = {
  audience: 'anyone',
  print: printInitResult,
  toJson: ({ check: report, tables, envPath = null, ...result }) => ({
    ...result,
    envPath,
    ...(report === undefined ? {} : { check: checkToJson(report) }),
  }),
  statusOf: ({ check: report }) => (report === undefined ? 'done' : (CHECK.statusOf?.(report) ?? 'done')),
}

/** Adds `mbsync init`. */
export function addInitCommand(program: Command, runJob: RunJob): void {
  addCommand(program, TEXT)
    .option('--source <url>', 'the database to read; other users can see flags, so prefer a variable')
    .option('--target <url>', 'the database to write')
    .option('--blank', 'show every key, without inspecting a source')
    .option('--force', 'replace an existing mbsync.yaml; never .env')
    .action(async (_: InitFlags, command: Command) => {
      const flags = command.optsWithGlobals<InitFlags>()
      return runJob({ flags, job: (app) => init(app, flags), presentation: PRESENTATION })
    })
}

async function init(app: App, flags: InitFlags): Promise<InitResult> {
  const { cwd, context } = app
  const { force = false, blank = false, source, target } = flags
  const elsewhere = flags.config !== undefined ? '--config' : flags.dotenv !== undefined ? '--dotenv' : ''
  if (elsewhere !== '') {
    throw new UsageError(
      `init does not take ${elsewhere}: it writes mbsync.yaml and .env into the current folder`,
      {
        hint: 'Change to the folder that they belong in, and leave the flag out.',
      },
    )
  }
  const { writeBlankConfig, writeFirstConfig } = await import('../../jobs/init/init.ts')
  const crontab = crontabLine(cwd)
  if (blank) return { ...(await writeBlankConfig({ cwd, force })), check: undefined, crontab }
  const urls = { production: source, staging: target }
  const { confirm, ...questions } = app.questions()
  const written = await writeFirstConfig({ cwd, force, urls, ...questions }, context)
  const { check } = await import('../../jobs/check/check.ts')
  const options = {
    tables: [],
    allowBlocking: false,
    backups: app.config().backups,
    envFile: app.config().envFile,
    program: { path: app.env.PATH, own: process.argv[1] },
  }
  const profile = app.profile(undefined)
  const report = await check(profile, options, context)
  const { offerProtection } = await import('../../jobs/init/offer-protection.ts')
  const protection = await offerProtection(profile, confirm, context)
  return { ...written, check: report, protection, crontab }
}

/**
 * A line for a crontab that syncs every night with the configuration in `folder`. It names the Node and the program that run now, as cron's
 * PATH may lead to neither. The log file has everything, and standard error, which cron mails, only warnings and errors.
 */
export function crontabLine(
  folder: string,
  [node = '', program = '']: readonly string[] = process.argv,
): string {
  const [cd, ...command] = [folder, node, program].map(quoted)
  return `15 3 * * *  cd ${cd} && ${command.join(' ')} sync --log-file mbsync.log`
}

/** cron reads % as a line break. */
function quoted(word: string): string {
  return shellWord(word).replaceAll('%', '\\%')
}
