import type { Profile, SearchIndexConfig } from '../config/config.ts'
import { RefusedError } from '../core/errors.ts'
import { succeedRun } from '../state/runs.ts'
import { type KnownCollection, markLive, readCollections } from '../state/search-collections.ts'
import { openSearchIndex } from './open-search-index.ts'
import type { Watch } from './watch.ts'
import { withSearchRun } from './with-search-run.ts'

/** Search indexes that were switched back. */
export interface IndexRollback {
  readonly profile: string
  readonly indexes: readonly { readonly searchIndex: string; readonly collection: string }[]
}

/**
 * Lets searches reach the collection again that the last rebuild replaced.
 * @throws RefusedError if none was kept
 */
export async function rollBackIndexes(
  profile: Profile,
  indexes: readonly SearchIndexConfig[],
  watch: Watch,
): Promise<IndexRollback> {
  return withSearchRun(profile, watch, async (_, { id, coordinator, ...run }) => {
    const previous: { config: SearchIndexConfig; known: KnownCollection }[] = []
    for (const config of indexes) {
      const known = (await readCollections(coordinator, config.name)).find(({ status }) => status === 'old')
      if (known === undefined) throw nothingKept(config)
      previous.push({ config, known })
    }
    for (const { config, known } of previous) {
      const index = openSearchIndex(config, { create: false }, run.watch.signal)
      try {
        const notice = await index.publishNotice()
        if (notice !== undefined) run.watch.report({ type: 'warning', message: notice })
        await index.publish(known)
      } finally {
        await index.close()
      }
      await markLive(coordinator, config.name, known.id)
    }
    await succeedRun(coordinator, id)
    const switched = previous.map(({ config, known }) => {
      return { searchIndex: config.name, collection: known.name }
    })
    return { profile: profile.name, indexes: switched }
  })
}

function nothingKept({ name }: SearchIndexConfig): RefusedError {
  return new RefusedError(`${name}: there is no earlier collection to switch back to`, {
    hint: 'Only a rebuild leaves one behind; `keep` of the search index in mbsync.yaml says how many stay.',
  })
}
