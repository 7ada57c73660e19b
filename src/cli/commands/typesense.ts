import { type Command, Option } from 'commander'
import { noteRenamed, type SharedFlags } from '../common-flags.ts'
import type { JobRequest, RunJob } from '../run-job.ts'
import { addCommand, type CommandText } from './add-command.ts'
import {
  addLockWait,
  expectWith,
  massDeleteOption,
  PROFILE_DESCRIPTION,
  parseCount,
  waitOption,
} from './arguments.ts'
import { SEARCH_STATUSES } from './statuses.ts'
import { addTypesenseInit } from './typesense-init.ts'
import {
  forgetStep,
  type IndexFlags,
  type RejectedFlags,
  rejectedStep,
  rollbackStep,
  type SendFlags,
  sampleStep,
  sendStep,
} from './typesense-jobs.ts'

const TEXTS = {
  sync: {
    name: 'sync',
    summary: 'send the documents that have changed',
    description:
      'Sends documents that changed since the last run, and deletes those that no longer exist. ' +
      '`mbsync typesense` without a subcommand does the same.',
    examples: [
      ['mbsync typesense sync prod-to-staging', 'what has changed since the last run'],
      ['mbsync typesense sync --create', 'the same, and create missing collections'],
      ['mbsync typesense sync --reconcile', 'compare with the documents on the server, and repair'],
    ],
    statuses: SEARCH_STATUSES,
  },
  rebuild: {
    name: 'rebuild',
    summary: 'fill new collections and switch to them',
    description:
      'Fills new collections beside the old ones, while searches continue, and switches the aliases to them when they ' +
      'are complete.',
    examples: [
      ['mbsync typesense rebuild', 'all search indexes of the profile'],
      ['mbsync typesense rebuild --index products', 'only this one'],
    ],
    statuses: SEARCH_STATUSES,
  },
  rollback: {
    name: 'rollback',
    summary: 'switch back to the collections before the last rebuild',
    description:
      'Switches the aliases back to the collections before the last rebuild. Nothing is sent. Collections that were ' +
      'dropped are skipped.',
    examples: [['mbsync typesense rollback', 'searches use the previous collections again']],
    statuses: SEARCH_STATUSES,
  },
  rejected: {
    name: 'rejected',
    summary: 'list the documents that the server rejects',
    description: 'Lists the documents that the server rejects, and why. The next run sends them again.',
    examples: [
      ['mbsync typesense rejected', 'which, and why'],
      ['mbsync typesense rejected --output rejected.ndjson', 'all of them, with their text'],
    ],
    statuses: ['done', 'failed', 'usage', 'refused', 'incomplete', 'interrupted', 'terminated'],
  },
  sample: {
    name: 'sample',
    summary: 'print one document of each search index, as it would be sent',
    description: 'Prints one document of each search index, as it would be sent. Sends nothing.',
    examples: [['mbsync typesense sample --index products', 'one product']],
    statuses: ['done', 'failed', 'usage', 'refused', 'interrupted', 'terminated'],
  },
  forget: {
    name: 'forget',
    summary: 'forget a search index that is no longer configured',
    description:
      'Removes the state of a search index that is no longer configured, or that had ' +
      'another type, collection or file before. `mbsync status` lists these. Their collections stay.',
    examples: [['mbsync typesense forget products', 'remove the state of the index products']],
    statuses: SEARCH_STATUSES,
  },
} as const satisfies Record<string, CommandText>

/** Adds `mbsync typesense sync|rebuild|rollback|rejected|sample|forget|init`. */
export function addTypesenseCommand(program: Command, runJob: RunJob): void {
  const typesense = program
    .command('typesense')
    .summary('bring the search indexes of a profile up to date')
    .description(
      'Brings the Typesense collections of a profile up to date with its target. Without a subcommand, it works like ' +
        '`sync`. `mbsync sync` and `mbsync full-sync` do this after the database.',
    )
  const add = <Flags extends IndexFlags, Result>(
    text: CommandText,
    options: readonly Option[],
    step: (name: string | undefined, flags: Flags) => JobRequest<Result>,
  ) => {
    const command = addCommand(typesense, text)
      .argument('[profile]', PROFILE_DESCRIPTION)
      .addOption(indexesOption())
      .action(async (name: string | undefined) => runJob(step(name, command.optsWithGlobals<Flags>())))
    for (const option of options) command.addOption(option)
  }
  addSync(typesense, runJob)
  add(TEXTS.rebuild, [massDeleteOption(), waitOption()], (name, flags: SendFlags) =>
    sendStep(name, flags, true),
  )
  add(TEXTS.rollback, [waitOption()], rollbackStep)
  add(TEXTS.rejected, [limitOption(), outputOption()], rejectedStep)
  add(TEXTS.sample, [], sampleStep)
  addForget(typesense, runJob)
  addTypesenseInit(typesense, runJob)
}

function addSync(typesense: Command, runJob: RunJob): void {
  const sync = addLockWait(addCommand(typesense, TEXTS.sync, { isDefault: true }))
    .argument('[profile]', PROFILE_DESCRIPTION)
    .addOption(indexesOption())
    .option('--create', 'create missing collections')
    .option('--reconcile', 'compare every document on the server with the expected one')
    .addOption(massDeleteOption())
  addFormerFlags(sync).action(async (name: string | undefined, _: unknown, command: Command) => {
    expectListing(command)
    const flags = command.optsWithGlobals<SendFlags & RejectedFlags & FormerFlags>()
    if (flags.rejected === true) return runJob(rejectedStep(name, flags))
    if (flags.sample === true) return runJob(sampleStep(name, flags))
    if (flags.rollback === true) return runJob(rollbackStep(name, flags))
    if (flags.forget !== undefined) return runJob(forgetStep(flags.forget, name, flags))
    return runJob(sendStep(name, flags, flags.rebuild === true))
  })
  for (const [flag, now] of Object.entries(MEANT_NOW))
    sync.on(`option:${flag}`, () =>
      noteRenamed(sync, `--${flag} is now a subcommand: mbsync typesense ${now}`),
    )
}

/** `--output` and `--limit` are flags of another subcommand; they are here for the flag that it was before. */
function expectListing(sync: Command): void {
  expectWith(sync, 'rejected', ['output', 'limit'], '`mbsync typesense rejected`')
}

function addForget(typesense: Command, runJob: RunJob): void {
  addCommand(typesense, TEXTS.forget)
    .argument('<index>', 'the search index')
    .argument('[profile]', PROFILE_DESCRIPTION)
    .addOption(waitOption())
    .action(async (index: string, name: string | undefined, _: unknown, command: Command) =>
      runJob(forgetStep(index, name, command.optsWithGlobals<SharedFlags>())),
    )
}

const MOST_LISTED = 100_000

/** What means something only where documents are sent. */
const OF_AN_UPDATE = ['rebuild', 'reconcile', 'create', 'allowMassDelete']

/** What were flags of `mbsync typesense`, and the subcommands that they are now. */
const MEANT_NOW = {
  rebuild: 'rebuild',
  rollback: 'rollback',
  rejected: 'rejected',
  sample: 'sample',
  forget: 'forget <index>',
}

/** The flags that are subcommands now. */
interface FormerFlags {
  readonly rebuild?: boolean
  readonly rollback?: boolean
  readonly rejected?: boolean
  readonly sample?: boolean
  readonly forget?: string
}

/** `--index <name>`, which may be repeated. */
function indexesOption(): Option {
  return new Option('--index <name>', 'only this search index, of any type; may be repeated')
    .argParser((name: string, earlier: readonly string[]) => [...earlier, name])
    .default([], 'all of the profile')
}

/** `--limit <n>` of listed documents. */
function limitOption(): Option {
  return new Option('--limit <n>', 'list at most n documents')
    .argParser((text) => parseCount(text, MOST_LISTED))
    .default(20)
}

/** `--output <file>` of listed documents. */
function outputOption(): Option {
  return new Option('--output <file>', 'write them to this file, one JSON object per line')
}

/** Adds the flags that are subcommands now: they go on working, and help does not show them. */
function addFormerFlags(command: Command): Command {
  const rebuild = new Option('--rebuild').conflicts('reconcile')
  const rollback = new Option('--rollback').conflicts([...OF_AN_UPDATE, 'rejected'])
  const rejected = new Option('--rejected').conflicts(OF_AN_UPDATE)
  const sample = new Option('--sample').conflicts([...OF_AN_UPDATE, 'rejected', 'rollback'])
  const forget = new Option('--forget <index>').conflicts([
    ...OF_AN_UPDATE,
    'rejected',
    'rollback',
    'index',
    'sample',
  ])
  for (const option of [rebuild, rollback, rejected, sample, forget, limitOption(), outputOption()])
    command.addOption(option.hideHelp())
  return command
}
