import type { Profile, SearchIndexConfig } from '../../config/config.ts'
import { RefusedError } from '../../core/errors.ts'
import { collectionOf, referencesOf } from '../../indexing/linked-indexes.ts'
import { openSearchIndex } from '../../indexing/open-search-index.ts'
import { readOwnCollections } from '../../indexing/own-collections.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import type { SearchIndex } from '../../search/search-index.ts'
import { succeedRun } from '../../state/runs.ts'
import {
  forgetCollection,
  forgetForeignCollections,
  type KnownCollection,
  markLive,
} from '../../state/search-collections.ts'
import { withSearchRun } from './with-search-run.ts'

/** Search indexes that were switched back. */
export interface IndexRollback {
  readonly profile: string
  readonly indexes: readonly { readonly searchIndex: string; readonly collection: string }[]
}

/**
 * Lets searches reach the collection again that the last rebuild replaced.
 * @throws RefusedError if none was kept of one of them; then none is switched
 */
export async function rollBackIndexes(
  profile: Profile,
  indexes: readonly SearchIndexConfig[],
  context: JobContext,
): Promise<IndexRollback> {
  return withSearchRun(profile, context, async ({ id, coordinator, ...run }) => {
    const previous: Previous[] = []
    for (const config of indexes) {
      await forgetForeignCollections(coordinator, config.name, true)
      previous.push({ config, known: await findPrevious(coordinator, config, run.context) })
    }
    await refuseBrokenJoins(profile.search, previous, run.context)
    for (const { config, known } of previous) {
      await onIndex(config, run.context, async (index) => {
        const notice = await index.publishNotice()
        if (notice !== undefined) run.context.report({ type: 'warning', message: notice })
        await index.publish(known)
      })
      await markLive(coordinator, config.name, known.id)
    }
    await succeedRun(coordinator, id)
    const switched = previous.map(({ config, known }) => {
      return { searchIndex: config.name, collection: known.name }
    })
    return { profile: profile.name, indexes: switched }
  })
}

/** A search index, and the collection that searches would reach again. */
interface Previous {
  readonly config: SearchIndexConfig
  readonly known: KnownCollection
}

/** @throws RefusedError if references would lead to collections that searches no longer reach */
async function refuseBrokenJoins(
  all: readonly SearchIndexConfig[],
  previous: readonly Previous[],
  context: JobContext,
): Promise<void> {
  const replacements = new Map(previous.map(({ config, known }) => [collectionOf(config), known.name]))
  for (const config of all.filter((each) => referencesOf(each).length > 0)) {
    const known = previous.find((each) => each.config.name === config.name)?.known
    const isMisled = await onIndex(config, context, async (index) => {
      const reached = known ?? (await index.findLive())
      return reached !== undefined && (await index.isMisled?.(reached, replacements)) === true
    })
    if (!isMisled) continue
    throw new RefusedError(
      `${config.name}: its joins would fail, because it refers to collections that searches would no longer reach`,
      {
        hint: 'Roll back all search indexes that refer to each other with one command, `mbsync typesense rollback`, or rebuild them.',
      },
    )
  }
}

/** Those that somebody dropped are forgotten. */
async function findPrevious(
  session: Session,
  config: SearchIndexConfig,
  context: JobContext,
): Promise<KnownCollection> {
  return onIndex(config, context, async (index) => {
    const own = await readOwnCollections(session, config)
    await index.awaitReady?.(own.map(({ name }) => name))
    for (const known of own) {
      if (known.status !== 'old') continue
      if (await index.has(known)) return known
      await forgetCollection(session, known.id)
      const message = `${config.name}: the earlier collection ${known.name} no longer exists; its state is removed`
      context.report({ type: 'warning', message })
    }
    throw nothingKept(config)
  })
}

async function onIndex<T>(
  config: SearchIndexConfig,
  { signal }: JobContext,
  use: (index: SearchIndex) => Promise<T>,
): Promise<T> {
  const { index } = await openSearchIndex(config, { create: false }, signal)
  try {
    return await use(index)
  } finally {
    await index.close()
  }
}

function nothingKept({ name }: SearchIndexConfig): RefusedError {
  return new RefusedError(`${name}: there is no earlier collection to switch back to`, {
    hint: 'Only a rebuild leaves one behind; `keep` of the search index in mbsync.yaml says how many stay.',
  })
}
