import { SearchError } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import { shellWord } from '../core/shell-word.ts'
import type { Collection, DocumentColumn } from '../search/search-index.ts'
import {
  addCollection,
  identifyCollection,
  type KnownCollection,
  markLive,
  readCollections,
} from '../state/search-collections.ts'
import type { DocumentState } from './document-state.ts'
import type { WantedDocuments } from './documents/wanted-documents.ts'
import { fillCollection } from './fill-collection.ts'
import { guardDeletions, partsWithheld } from './guard-deletions.ts'
import { collectionOf } from './linked-indexes.ts'
import { compareCollections, recogniseLive } from './recognise-live.ts'
import { ownerOf, type SearchFigures, type SearchTask } from './search-task.ts'

/** Brings the live collection up to date. */
export async function updateIndex(
  task: SearchTask,
  live: Collection,
  known: readonly KnownCollection[],
  columns: readonly DocumentColumn[],
  figures: SearchFigures,
): Promise<void> {
  const { config, index, stateOf, context } = task
  const state = stateOf(await rememberLive(task, live, known))
  for (const done of await index.adjust(live, columns))
    context.report({ type: 'warning', message: `${config.name}: ${done} in the live collection` })
  await state.refresh(live)
  const refused = new Map<string, Finding>()
  const filling = {
    state,
    collection: live,
    reached: 'live' as const,
    leastPasses: 1,
    guard: (wanted: WantedDocuments) =>
      guardDeletions(task, state, wanted, (finding) => refused.set(finding.subject, finding)),
  }
  const isWhole = await fillCollection(task, filling, figures)
  figures.rejected = await state.conclude(live, figures.rejected)
  if (figures.rejected > 0) figures.findings = await findOutdated(task, state)
  if (refused.size > 0) throw partsWithheld(task, [...refused.values()])
  if (isWhole) return state.remember()
  const { acknowledged } = await state.count()
  const count = await index.countDocuments(live)
  throw new SearchError(`${config.name}: the server has ${count} documents instead of ${acknowledged}`, {
    hint: 'All documents were sent and acknowledged, so another client may be writing to the collection, or the server lags. The next run checks again.',
  })
}

/** A document that is rejected stays as it was, with all that its row no longer says. */
async function findOutdated({ config }: SearchTask, state: DocumentState): Promise<Finding[]> {
  const count = await state.countOutdated()
  if (count === 0) return []
  return [
    {
      severity: 'note',
      subject: config.name,
      message: `searches still find ${count} of the rejected documents as the server accepted them before`,
      hint: 'Correct the values or the fields. To remove what is outdated at once, leave these rows out of the query until then.',
    },
  ]
}

/** A collection that the state does not know is taken as it is: its ids will be compared. */
async function rememberLive(
  task: SearchTask,
  live: Collection,
  known: readonly KnownCollection[],
): Promise<number> {
  const { config, index, session } = task
  await refuseOfOther(task, live, known)
  const found = await recogniseLive(task, live, known)
  const marked = (await index.mark?.(live)) ?? live
  // What mbsync made is its own to drop, whatever the state remembers of it.
  const fingerprint = index.hasMade?.(live.name) === true ? index.fingerprint : ''
  const id = found?.id ?? (await addCollection(session, { ...ownerOf(config), ...marked, fingerprint }))
  if (found !== undefined && found.identity !== marked.identity)
    await identifyCollection(session, id, marked.identity)
  if (found?.status !== 'live') await markLive(session, config.name, id)
  return id
}

/**
 * Keeps a search index from filling the collection of another one, to which an alias was led by mistake: each would delete what the other has sent. One whose name
 * was made for this index is its own, whatever the state says of an index that was called otherwise, or was misled. Where the state knows nothing, as in
 * another database, the mark and the name of the collection say whose it is.
 * @param known what the state knows of this search index
 * @throws SearchError
 */
async function refuseOfOther(
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
