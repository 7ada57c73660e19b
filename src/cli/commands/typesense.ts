import { type Command, Option } from 'commander'
import type { Profile } from '../../config/config.ts'
import { chooseIndexes } from '../../jobs/search/choose-indexes.ts'
import type { ForgottenIndex } from '../../jobs/search/forget-index.ts'
import type { IndexRollback } from '../../jobs/search/roll-back-index.ts'
import type { DocumentSamples } from '../../jobs/search/sample-documents.ts'
import type { SharedFlags } from '../common-flags.ts'
import type { Presentation } from '../presentation.ts'
import { printSamples } from '../print/print-samples.ts'
import { printForgotten, printIndexRollback } from '../print/print-search-result.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import { addLockWait, expectWith, massDeleteOption, PROFILE_DESCRIPTION, parseCount } from './arguments.ts'
import { REJECTED, SEARCH_RESULT } from './search-presentations.ts'
import { addTypesenseInit } from './typesense-init.ts'

interface TypesenseFlags extends SharedFlags {
  readonly index: readonly string[]
  readonly rebuild?: boolean
  readonly reconcile?: boolean
  readonly create?: boolean
  readonly rollback?: boolean
  readonly rejected?: boolean
  readonly sample?: boolean
  readonly forget?: string
  readonly output?: string
  readonly limit: number
  readonly allowMassDelete?: boolean
}

const MOST_LISTED = 100_000
/** What means something only where documents are sent. */
const OF_AN_UPDATE = ['rebuild', 'reconcile', 'create', 'allowMassDelete']

const TEXT = {
  name: 'typesense',
  summary: 'bring the search indexes of a profile up to date',
  description:
    'Brings the Typesense collections of a profile up to date with its target: sends documents that have changed, and ' +
    'deletes those that are no longer there. `sync` and `full-sync` do it by themselves after the database.',
  examples: [
    ['mbsync typesense prod-to-staging', 'what has changed since the last run'],
    ['mbsync typesense --create', 'the same, and create collections that are missing'],
    ['mbsync typesense --rebuild', 'fill new collections beside the old ones, and switch'],
    ['mbsync typesense --rollback', 'switch back to the collections before'],
    ['mbsync typesense --sample', 'one document of each, as it would be sent'],
    ['mbsync typesense --rejected', 'the documents that the server does not take, and why'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'incomplete', 'locked', 'interrupted', 'terminated'],
} as const

const ROLLBACK: Presentation<IndexRollback> = {
  audience: 'person',
  print: printIndexRollback,
  toJson: (result) => result,
  logMessage: 'search indexes switched back',
}

const SAMPLES: Presentation<DocumentSamples> = {
  audience: 'anyone',
  print: printSamples,
  toJson: (result) => result,
}

const FORGOTTEN: Presentation<ForgottenIndex> = {
  audience: 'person',
  print: printForgotten,
  toJson: (result) => result,
  logMessage: 'search index forgotten',
}

/** Adds `mbsync typesense [profile]` and `mbsync typesense init`. */
export function addTypesenseCommand(program: Command, runJob: RunJob): void {
  const typesense = addLockWait(addCommand(program, TEXT))
  addTypesenseInit(typesense, runJob)
  typesense
    .argument('[profile]', PROFILE_DESCRIPTION)
    .option(
      '--index <name>',
      'only this search index, of whatever type; may be repeated',
      (name, earlier: readonly string[]) => [...earlier, name],
      [],
    )
    .option('--create', 'create collections that are missing')
    .addOption(
      new Option('--reconcile', 'compare every document of the server with what should be there').conflicts(
        'rebuild',
      ),
    )
    .option('--rebuild', 'fill new collections and switch to them')
    .addOption(
      new Option('--rollback', 'switch back to the collections before the last rebuild').conflicts([
        ...OF_AN_UPDATE,
        'rejected',
      ]),
    )
    .addOption(
      new Option('--rejected', 'list the documents that the server does not take').conflicts(OF_AN_UPDATE),
    )
    .addOption(
      new Option('--sample', 'print one document of each search index, as it would be sent').conflicts([
        ...OF_AN_UPDATE,
        'rejected',
        'rollback',
      ]),
    )
    .option('--output <file>', 'with --rejected: write them there, one JSON object a line')
    .option(
      '--limit <n>',
      'with --rejected: list at most n documents',
      (text) => parseCount(text, MOST_LISTED),
      20,
    )
    .addOption(
      new Option(
        '--forget <index>',
        'forget a search index that is no longer configured, or what it was before; its collections stay',
      ).conflicts([...OF_AN_UPDATE, 'rejected', 'rollback', 'index', 'sample']),
    )
    .addOption(massDeleteOption())
    .action(async (name: string | undefined, _: TypesenseFlags, command: Command) => {
      expectWith(command, 'rejected', ['output', 'limit'])
      return run(name, command.optsWithGlobals<TypesenseFlags>(), runJob)
    })
}

async function run(name: string | undefined, flags: TypesenseFlags, runJob: RunJob): Promise<void> {
  const choose = (profile: Profile) => chooseIndexes(profile, flags.index, 'typesense')
  if (flags.rejected === true) {
    const { limit, output } = flags
    return runJob({
      flags,
      job: async ({ profile, context }) => {
        const { listRejected } = await import('../../jobs/search/rejected-documents.ts')
        return listRejected(profile(name), choose(profile(name)), { limit, output }, context)
      },
      presentation: REJECTED,
    })
  }
  if (flags.sample === true) {
    return runJob({
      flags,
      job: async ({ profile, context }) => {
        const { sampleDocuments } = await import('../../jobs/search/sample-documents.ts')
        return sampleDocuments(profile(name), choose(profile(name)), context)
      },
      presentation: SAMPLES,
    })
  }
  if (flags.rollback === true) {
    return runJob({
      flags,
      job: async ({ profile, context }) => {
        const { rollBackIndexes } = await import('../../jobs/search/roll-back-index.ts')
        return rollBackIndexes(profile(name), choose(profile(name)), context)
      },
      presentation: ROLLBACK,
    })
  }
  const { forget } = flags
  if (forget !== undefined) {
    return runJob({
      flags,
      job: async ({ config, profile, context }) => {
        const { forgetIndex } = await import('../../jobs/search/forget-index.ts')
        return forgetIndex(profile(name), forget, config().searchIndexes, context)
      },
      presentation: FORGOTTEN,
    })
  }
  const options = {
    rebuild: flags.rebuild === true,
    reconcile: flags.reconcile === true,
    create: flags.create === true,
    allowMassDelete: flags.allowMassDelete === true,
  }
  return runJob({
    flags,
    job: async ({ profile, context }) => {
      const { indexProfile } = await import('../../jobs/search/index-profile.ts')
      return indexProfile(profile(name), choose(profile(name)), options, context)
    },
    presentation: SEARCH_RESULT,
    notified: { command: 'typesense', profile: name },
  })
}
