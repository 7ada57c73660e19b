import { SearchError } from '../core/errors.ts'
import type { Collection } from '../search/search-index.ts'
import { countDocuments, countVanished } from '../state/documents.ts'
import {
  addCollection,
  forgetCollection,
  type KnownCollection,
  markLive,
} from '../state/search-collections.ts'
import type { WantedDocuments } from '../state/wanted-documents.ts'
import { fillCollection } from './fill-collection.ts'
import { ownerOf, refuseMassDelete, type SearchFigures, type SearchTask } from './search-task.ts'

/** Brings the live collection up to date. */
export async function updateIndex(
  task: SearchTask,
  live: Collection,
  known: readonly KnownCollection[],
  figures: SearchFigures,
): Promise<void> {
  const { config, index, session } = task
  const collectionId = await rememberLive(task, live, known)
  await index.adjust(live)
  const filling = {
    collectionId,
    collection: live,
    reached: 'live' as const,
    leastPasses: 1,
    guard: async ({ documents, table }: WantedDocuments) => {
      // What the server never had, because it rejected it, is not deleted from it either.
      const { acknowledged, uncertain } = await countDocuments(session, collectionId)
      const { onServer } = await countVanished(session, collectionId, table)
      refuseMassDelete(task, { documents, deletions: onServer, of: acknowledged + uncertain })
    },
  }
  if (await fillCollection(task, filling, figures)) return
  const { acknowledged } = await countDocuments(session, collectionId)
  const count = await index.countDocuments(live)
  throw new SearchError(`${config.name}: the server has ${count} documents instead of ${acknowledged}`, {
    hint: 'Everything was sent and acknowledged, so somebody else may be writing to the collection, or the server lags. The next run looks again.',
  })
}

/** A collection that the state does not know is taken as it is: its ids will be compared. */
async function rememberLive(
  { config, session }: SearchTask,
  live: Collection,
  known: readonly KnownCollection[],
): Promise<number> {
  const found = known.find(({ name, identity }) => name === live.name && identity === live.identity)
  // What had the name before is gone, and so is what was known of it.
  for (const { id, name, identity } of known)
    if (name === live.name && identity !== live.identity) await forgetCollection(session, id)
  const id = found?.id ?? (await addCollection(session, { ...ownerOf(config), ...live, fingerprint: '' }))
  if (found?.status !== 'live') await markLive(session, config.name, id)
  return id
}
