import { type Command, Option } from 'commander'
import type { ScopeChoice } from '../../indexing/search-task.ts'
import type { TenantList } from '../../jobs/search/list-tenants.ts'
import type { SharedFlags } from '../common-flags.ts'
import type { Presentation } from '../presentation.ts'
import { printTenants } from '../print/print-mixedbread.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand, type CommandText } from './add-command.ts'
import { massDeleteOption, PROFILE_DESCRIPTION, parseCount, waitOption } from './arguments.ts'
import { parseDurationFlag } from './duration-argument.ts'
import { chooseStore, indexOption, parseTenant } from './mixedbread-arguments.ts'
import { addMixedbreadExport } from './mixedbread-export.ts'
import { REJECTED, SEARCH_RESULT } from './search-presentations.ts'
import { SEARCH_STATUSES } from './statuses.ts'

interface MixedbreadFlags extends SharedFlags {
  readonly index?: string
  readonly reconcile?: boolean
  readonly wait?: number
  readonly waitLock?: number
  readonly allowMassDelete?: boolean
  readonly list?: boolean
}

interface RejectedFlags extends SharedFlags {
  readonly index?: string
  readonly limit: number
  readonly output?: string
}

const SENDS = 'Sends documents that changed since the last run, and deletes those that no longer exist. '

const TEXTS = {
  all: {
    name: 'all',
    summary: 'the global documents, and those of all tenants',
    description: `${SENDS}\`mbsync mixedbread\` without a subcommand does the same, and so does \`sync\` after the database.`,
    examples: [
      ['mbsync mixedbread all prod-to-staging', 'what has changed since the last run'],
      ['mbsync mixedbread all --wait', 'the same, and wait until everything can be found'],
      ['mbsync mixedbread all --reconcile', 'compare with what the store lists, and repair'],
    ],
    statuses: SEARCH_STATUSES,
  },
  global: {
    name: 'global',
    summary: 'only the global documents',
    description: `${SENDS}Compares only the documents of the scope global.`,
    examples: [['mbsync mixedbread global', 'the documents for all tenants']],
    statuses: SEARCH_STATUSES,
  },
  tenant: {
    name: 'tenant',
    summary: 'the documents of one tenant',
    description: `${SENDS}Compares only the documents of one tenant.`,
    examples: [
      ['mbsync mixedbread tenant 6f1c2f34-90c5-4a7e-8d51-3b0c6d0c9a11', 'the documents of this tenant'],
    ],
    statuses: SEARCH_STATUSES,
  },
  tenants: {
    name: 'tenants',
    summary: 'the documents of all tenants, or a list of them',
    description: `${SENDS}Compares the documents of all tenants, without the global ones.`,
    examples: [
      ['mbsync mixedbread tenants', 'bring all tenants up to date'],
      ['mbsync mixedbread tenants --list', 'only list them, with their documents'],
    ],
    statuses: SEARCH_STATUSES,
  },
  rejected: {
    name: 'rejected',
    summary: 'list the documents that the store rejects',
    description:
      'Lists the documents that the store refused, or whose ingestion failed, and why. The next run sends them again.',
    examples: [['mbsync mixedbread rejected', 'which, and why']],
    statuses: ['done', 'failed', 'usage', 'refused', 'incomplete'],
  },
} as const satisfies Record<string, CommandText>

const TENANTS: Presentation<TenantList> = {
  audience: 'anyone',
  print: printTenants,
  toJson: (list) => list,
}

const MOST_LISTED = 100_000

/** Adds `mbsync mixedbread all|global|tenant|tenants|export|rejected`. */
export function addMixedbreadCommand(program: Command, runJob: RunJob): void {
  const mixedbread = program
    .command('mixedbread')
    .summary('bring the Mixedbread store of a profile up to date')
    .description(
      'Brings the Mixedbread store of a profile, or one scope of it, up to date with the target. ' +
        '`sync` and `full-sync` do this after the database.',
    )
  const syncing = (text: CommandText, isDefault = false) =>
    addCommand(mixedbread, text, { isDefault })
      .addOption(indexOption())
      .option('--reconcile', 'compare with the documents that the store lists, even if the counts agree')
      .addOption(ingestWaitOption())
      .addOption(waitOption())
      .addOption(massDeleteOption())
  const run = (name: string | undefined, flags: MixedbreadFlags, scopes: ScopeChoice) =>
    runJob({
      flags,
      job: async ({ profile, context }) => {
        const { indexProfile } = await import('../../jobs/search/index-profile.ts')
        const found = profile(name)
        const { reconcile = false, wait, allowMassDelete = false } = flags
        const waits = wait === undefined ? {} : { ingestWaitMs: wait }
        const options = { rebuild: false, create: false, reconcile, allowMassDelete, ...waits, scopes }
        return indexProfile(found, [chooseStore(found, flags)], options, context)
      },
      presentation: SEARCH_RESULT,
      notified: { command: 'mixedbread', profile: name },
    })
  for (const kind of ['all', 'global'] as const) {
    syncing(TEXTS[kind], kind === 'all')
      .argument('[profile]', PROFILE_DESCRIPTION)
      .action(async (name: string | undefined, _: MixedbreadFlags, command: Command) =>
        run(name, command.optsWithGlobals<MixedbreadFlags>(), { kind }),
      )
  }
  syncing(TEXTS.tenant)
    .argument('<tenant>', 'the tenant: its uuid, or the number that is its key', parseTenant)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .action(async (tenantId: string, name: string | undefined, _: MixedbreadFlags, command: Command) =>
      run(name, command.optsWithGlobals<MixedbreadFlags>(), { kind: 'tenant', tenantId }),
    )
  syncing(TEXTS.tenants)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .addOption(
      new Option('--list', 'only list the tenants, with their documents').conflicts([
        'reconcile',
        'wait',
        'waitLock',
        'allowMassDelete',
      ]),
    )
    .action(async (name: string | undefined, _: MixedbreadFlags, command: Command) => {
      const flags = command.optsWithGlobals<MixedbreadFlags>()
      if (flags.list !== true) return run(name, flags, { kind: 'tenants' })
      return runJob({
        flags,
        job: async ({ profile, context }) => {
          const { listTenants } = await import('../../jobs/search/list-tenants.ts')
          return listTenants(profile(name), chooseStore(profile(name), flags), context)
        },
        presentation: TENANTS,
      })
    })
  addMixedbreadExport(mixedbread, runJob)
  addRejected(mixedbread, runJob)
}

function addRejected(mixedbread: Command, runJob: RunJob): void {
  addCommand(mixedbread, TEXTS.rejected)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .addOption(indexOption())
    .option('--limit <n>', 'list at most n documents', (text) => parseCount(text, MOST_LISTED), 20)
    .option('--output <file>', 'write them to this file, one JSON object per line')
    .action(async (name: string | undefined, _: RejectedFlags, command: Command) => {
      const flags = command.optsWithGlobals<RejectedFlags>()
      const { limit, output } = flags
      return runJob({
        flags,
        job: async ({ profile, context }) => {
          const { listRejected } = await import('../../jobs/search/rejected-documents.ts')
          return listRejected(profile(name), [chooseStore(profile(name), flags)], { limit, output }, context)
        },
        presentation: REJECTED,
      })
    })
}

function ingestWaitOption(): Option {
  const form = '--wait [duration]'
  return new Option(form, 'wait up to this long until everything can be found')
    .preset('10m')
    .argParser((text) => parseDurationFlag(text))
}
