import type { Command } from 'commander'
import { chooseIndexes, indexProfile, isUpToDate, type SearchResult } from '../../jobs/index-profile.ts'
import { listRejected, type RejectedReport } from '../../jobs/rejected-documents.ts'
import { type IndexRollback, rollBackIndexes } from '../../jobs/roll-back-index.ts'
import type { Presentation } from '../presentation.ts'
import { printIndexRollback, printRejected, printSearchResult } from '../print/print-search-result.ts'
import { searchWarnings } from '../print/search-warnings.ts'
import type { RunJob } from '../run-job.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { addCommand } from './add-command.ts'
import { massDeleteOption, PROFILE_DESCRIPTION, parseCount, waitOption } from './arguments.ts'

interface TypesenseFlags extends SharedFlags {
  readonly index: readonly string[]
  readonly rebuild?: boolean
  readonly reconcile?: boolean
  readonly create?: boolean
  readonly rollback?: boolean
  readonly rejected?: boolean
  readonly output?: string
  readonly limit: number
  readonly allowMassDelete?: boolean
}

const MOST_LISTED = 100_000

const TEXT = {
  name: 'typesense',
  summary: 'bring the search indexes of a profile up to date',
  description:
    'Brings the Typesense collections of a profile up to date with its target: sends documents that have changed, and ' +
    'deletes those that have gone. `sync` and `full-sync` do it by themselves after the database.',
  examples: [
    ['mbsync typesense prod-to-staging', 'what has changed since the last run'],
    ['mbsync typesense --create', 'the same, and create collections that are missing'],
    ['mbsync typesense --rebuild', 'fill new collections beside the old ones, and switch'],
    ['mbsync typesense --rollback', 'switch back to the collections before'],
    ['mbsync typesense --rejected', 'the documents that the server does not take, and why'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'searchIncomplete', 'locked', 'interrupted', 'terminated'],
} as const

const RESULT: Presentation<SearchResult> = {
  audience: 'person',
  print: printSearchResult,
  toJson: (result) => result,
  logMessage: 'run finished',
  warningsOf: ({ search }) => searchWarnings(search),
  statusOf: ({ search }) => (isUpToDate(search) ? 'done' : 'searchIncomplete'),
}

const REJECTED: Presentation<RejectedReport> = {
  audience: 'anyone',
  print: printRejected,
  toJson: ({ output, ...report }) => ({ ...report, output: output ?? null }),
  statusOf: ({ indexes }) =>
    indexes.every(({ documents }) => documents.length === 0) ? 'done' : 'searchIncomplete',
}

const ROLLBACK: Presentation<IndexRollback> = {
  audience: 'person',
  print: printIndexRollback,
  toJson: (result) => result,
  logMessage: 'search indexes switched back',
}

/** Adds `mbsync typesense [profile]`. */
export function addTypesenseCommand(program: Command, runJob: RunJob): void {
  addCommand(program, TEXT)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .option(
      '--index <name>',
      'only this search index, of whatever type; may be repeated',
      (name, earlier: readonly string[]) => [...earlier, name],
      [],
    )
    .option('--create', 'create collections that are missing')
    .option('--reconcile', 'compare the ids of the server with the state, whatever the counts say')
    .option('--rebuild', 'fill new collections and switch to them')
    .option('--rollback', 'switch back to the collections before the last rebuild')
    .option('--rejected', 'list the documents that the server does not take')
    .option('--output <file>', 'with --rejected: write them there, one JSON object a line')
    .option('--limit <n>', 'with --rejected: list so many', (text) => parseCount(text, MOST_LISTED), 20)
    .addOption(massDeleteOption())
    .addOption(waitOption())
    .action(async (name: string | undefined, _: TypesenseFlags, command: Command) =>
      run(name, command.optsWithGlobals<TypesenseFlags>(), runJob),
    )
}

async function run(name: string | undefined, flags: TypesenseFlags, runJob: RunJob): Promise<void> {
  const choose = (profile: Parameters<typeof chooseIndexes>[0]) =>
    chooseIndexes(profile, flags.index, 'typesense')
  if (flags.rejected === true) {
    const { limit, output } = flags
    return runJob({
      flags,
      job: async ({ profile, watch }) =>
        listRejected(profile(name), choose(profile(name)), { limit, output }, watch),
      presentation: REJECTED,
    })
  }
  if (flags.rollback === true) {
    return runJob({
      flags,
      job: async ({ profile, watch }) => rollBackIndexes(profile(name), choose(profile(name)), watch),
      presentation: ROLLBACK,
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
    job: async ({ profile, watch }) => indexProfile(profile(name), choose(profile(name)), options, watch),
    presentation: RESULT,
  })
}
