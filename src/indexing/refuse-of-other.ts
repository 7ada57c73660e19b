import { SearchError } from '../core/errors.ts'
import { shellWord } from '../core/shell-word.ts'
import type { Collection } from '../search/search-index.ts'
import { type KnownCollection, readCollections } from '../state/search-collections.ts'
import { collectionOf } from './linked-indexes.ts'
import { compareCollections } from './recognise-live.ts'
import type { SearchTask } from './search-task.ts'

/**
 * Keeps a search index from filling the collection of another one, to which an alias was led by mistake: each would delete what the other has sent. One whose name
 * was made for this index is its own, whatever the state says of an index that was called otherwise, or was misled. Where the state knows nothing, as in
 * another database, the mark and the name of the collection say whose it is.
 * @param known what the state knows of this search index
 * @throws SearchError
 */
export async function refuseOfOther(
  task: SearchTask,
  live: Collection,
  known: readonly KnownCollection[],
): Promise<void> {
  const { config, index, session } = task
  if (index.rebuilds !== 'when asked') return
  const name = collectionOf(config)
  if (index.hasMade?.(live.name) === true || live.name === name) return
  const other = (await readCollections(session)).find(
    (known) =>
      known.searchIndex !== config.name &&
      known.status === 'live' &&
      compareCollections(known, live, index.isLasting) === 'same',
  )
  if (other !== undefined) {
    throw new SearchError(
      `${config.name}: ${name} leads to the collection ${live.name} of search index ${other.searchIndex}; nothing was sent or deleted`,
      {
        hint: `Point the alias ${name} to a collection of its own, or fill a new one with \`mbsync typesense rebuild --index ${shellWord(config.name)}\`. If ${other.searchIndex} is no longer configured, run \`mbsync typesense forget ${shellWord(other.searchIndex)}\`.`,
      },
    )
  }
  const isOwn = known.some((each) => compareCollections(each, live, index.isLasting) === 'same')
  const madeFor = isOwn ? undefined : index.madeFor?.(live)
  if (madeFor === undefined) return
  throw new SearchError(
    `${config.name}: ${name} leads to the collection ${live.name}, which was made for ${madeFor}; nothing was sent or deleted`,
    {
      hint: `Point the alias ${name} to a collection of its own, or fill a new one with \`mbsync typesense rebuild --index ${shellWord(config.name)}\`.`,
    },
  )
}
