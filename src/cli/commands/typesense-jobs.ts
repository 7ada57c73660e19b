import type { Profile } from '../../config/config.ts'
import { chooseIndexes } from '../../jobs/search/choose-indexes.ts'
import type { ForgottenIndex } from '../../jobs/search/forget-index.ts'
import type { SearchResult } from '../../jobs/search/index-profile.ts'
import type { RejectedReport } from '../../jobs/search/rejected-documents.ts'
import type { IndexRollback } from '../../jobs/search/roll-back-index.ts'
import type { DocumentSamples } from '../../jobs/search/sample-documents.ts'
import type { SharedFlags } from '../common-flags.ts'
import { printable } from '../format/printable.ts'
import type { Presentation } from '../presentation.ts'
import type { Page } from '../print/page.ts'
import { printForgotten, printIndexRollback } from '../print/print-search-result.ts'
import type { JobRequest } from '../run-job.ts'
import { REJECTED, SEARCH_RESULT } from './search-presentations.ts'

/** The flags of what is about some search indexes. */
export interface IndexFlags extends SharedFlags {
  readonly index: readonly string[]
}

/** The flags of what sends documents. */
export interface SendFlags extends IndexFlags {
  readonly reconcile?: boolean
  readonly create?: boolean
  readonly allowMassDelete?: boolean
}

/** The flags of the list of rejected documents. */
export interface RejectedFlags extends IndexFlags {
  readonly output?: string
  readonly limit: number
}

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

/** Sends what has changed, or fills new collections. */
export function sendStep(
  name: string | undefined,
  flags: SendFlags,
  rebuild: boolean,
): JobRequest<SearchResult> {
  const { reconcile = false, create = false, allowMassDelete = false } = flags
  return {
    flags,
    job: async ({ profile, context }) => {
      const { indexProfile } = await import('../../jobs/search/index-profile.ts')
      const options = { rebuild, reconcile, create, allowMassDelete }
      return indexProfile(profile(name), chosen(profile(name), flags), options, context)
    },
    presentation: SEARCH_RESULT,
    notified: { command: 'typesense', profile: name },
  }
}

/** Switches back to the collections before. */
export function rollbackStep(name: string | undefined, flags: IndexFlags): JobRequest<IndexRollback> {
  return {
    flags,
    job: async ({ profile, context }) => {
      const { rollBackIndexes } = await import('../../jobs/search/roll-back-index.ts')
      return rollBackIndexes(profile(name), chosen(profile(name), flags), context)
    },
    presentation: ROLLBACK,
  }
}

/** Lists rejected documents. */
export function rejectedStep(name: string | undefined, flags: RejectedFlags): JobRequest<RejectedReport> {
  const { limit, output } = flags
  return {
    flags,
    job: async ({ profile, context }) => {
      const { listRejected } = await import('../../jobs/search/rejected-documents.ts')
      return listRejected(profile(name), chosen(profile(name), flags), { limit, output }, context)
    },
    presentation: REJECTED,
  }
}

/** Prints one document of each index. */
export function sampleStep(name: string | undefined, flags: IndexFlags): JobRequest<DocumentSamples> {
  return {
    flags,
    job: async ({ profile, context }) => {
      const { sampleDocuments } = await import('../../jobs/search/sample-documents.ts')
      return sampleDocuments(profile(name), chosen(profile(name), flags), context)
    },
    presentation: SAMPLES,
  }
}

/** Forgets what the state knows of an index. */
export function forgetStep(
  index: string,
  name: string | undefined,
  flags: SharedFlags,
): JobRequest<ForgottenIndex> {
  return {
    flags,
    job: async ({ config, profile, context }) => {
      const { forgetIndex } = await import('../../jobs/search/forget-index.ts')
      return forgetIndex(profile(name), index, config().searchIndexes, context)
    },
    presentation: FORGOTTEN,
  }
}

function chosen(profile: Profile, { index }: IndexFlags) {
  return chooseIndexes(profile, index, 'typesense')
}

/** Prints one document of each search index. */
function printSamples({ indexes }: DocumentSamples, page: Page): void {
  for (const { searchIndex, document } of indexes) {
    if (document === null) page.prose(`${printable(searchIndex)}: the query returns no document.`)
    else page.line(`${printable(searchIndex)}: ${printable(document)}`)
  }
}
