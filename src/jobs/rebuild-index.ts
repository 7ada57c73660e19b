import { MbsyncError, SearchError } from '../core/errors.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Collection } from '../search/search-index.ts'
import { countDocuments } from '../state/documents.ts'
import {
  addCollection,
  forgetCollection,
  identifyCollection,
  type KnownCollection,
  markLive,
  readCollections,
} from '../state/search-collections.ts'
import { wantDocuments } from '../state/wanted-documents.ts'
import { queryOf, refuseMassDelete, type SearchFigures, type SearchTask, taskTable } from './search-task.ts'
import { sendWanted } from './send-wanted.ts'

/** Fills a new collection beside the live one, and lets searches reach it when it is complete. */
export async function rebuildIndex(
  task: SearchTask,
  live: Collection | undefined,
  figures: SearchFigures,
): Promise<void> {
  const { config, index, session, watch } = task
  const name = index.nextName()
  const id = await addCollection(session, config.name, { name, identity: '' })
  const collection = await index.create(name)
  await identifyCollection(session, id, collection.identity)
  try {
    await fill(task, id, collection, live, figures)
    await refuseIncomplete(task, id, collection, figures)
  } catch (error) {
    await discard(task, { id, name })
    throw error
  }
  const notice = await index.publishNotice()
  if (notice !== undefined) watch.report({ type: 'warning', message: notice })
  const { identity } = await index.publish(collection)
  await identifyCollection(session, id, identity)
  await markLive(session, config.name, id)
  if (notice !== undefined && live !== undefined) await forgetNamed(task, live.name)
  await pruneCollections(task)
}

async function fill(
  task: SearchTask,
  id: number,
  collection: Collection,
  live: Collection | undefined,
  figures: SearchFigures,
): Promise<void> {
  const { config, index, session } = task
  const table = taskTable(task, `documents_of_${id}`)
  const wanted = await wantDocuments(session, queryOf(config), id, table)
  figures.documents = wanted.documents
  figures.changed = wanted.changed
  const most = wanted.documents
  const before = live === undefined ? 0 : await index.countDocuments(live, { least: 0, most })
  const deletions = Math.max(0, before - wanted.documents)
  refuseMassDelete(task, { documents: wanted.documents, deletions, of: before })
  await sendWanted(task, id, collection, wanted, figures)
  if (index.rebuilds === 'always') return
  await session.execute(`DROP TABLE ${relation(table)}`)
  // What changed while all of it was sent.
  const late = await wantDocuments(session, queryOf(config), id, table)
  const { rejected } = await countDocuments(session, id)
  if (late.changed > rejected || late.documents !== wanted.documents) {
    figures.rejected -= rejected
    await sendWanted(task, id, collection, late, figures)
  }
}

/** @throws SearchError if searches would find less in the new collection than they should */
async function refuseIncomplete(
  { config, index, session }: SearchTask,
  id: number,
  collection: Collection,
  { documents, rejected }: SearchFigures,
): Promise<void> {
  const hint = 'The collection that searches reach stays as it was.'
  if (rejected > (documents * config.maxRejectPercent) / 100) {
    throw new SearchError(
      `${config.name}: the server rejected ${rejected} of ${documents} documents of the new collection, and ${config.maxRejectPercent} % is the limit`,
      { hint: `${hint} Compare the documents with the fields: \`mbsync check\` tells what does not fit.` },
    )
  }
  const { acknowledged } = await countDocuments(session, id)
  const count = await index.countDocuments(collection, { least: acknowledged, most: acknowledged })
  if (count === acknowledged) return
  throw new SearchError(
    `${config.name}: the new collection has ${count} documents instead of ${acknowledged}`,
    { hint: `${hint} Run again when the server is well.` },
  )
}

/** What a run that died left half filled is dropped; one that searches reach already was published at the last moment. */
export async function tidyCollections(
  task: SearchTask,
  live: Collection | undefined,
): Promise<readonly KnownCollection[]> {
  const { config, session } = task
  for (const known of await readCollections(session, config.name)) {
    if (known.status !== 'building') continue
    const isLive = live?.name === known.name && (known.identity === '' || known.identity === live.identity)
    if (isLive && task.index.rebuilds !== 'always') {
      await identifyCollection(session, known.id, live.identity)
      await markLive(session, config.name, known.id)
    } else await discard(task, known)
  }
  return readCollections(session, config.name)
}

/** What publishing has dropped already; its name now leads elsewhere. */
async function forgetNamed({ config, session }: SearchTask, name: string): Promise<void> {
  for (const known of await readCollections(session, config.name))
    if (known.name === name) await forgetCollection(session, known.id)
}

/** Keeps the newest of the collections that were replaced. */
async function pruneCollections(task: SearchTask): Promise<void> {
  const { config, index, session, watch } = task
  const old = (await readCollections(session, config.name)).filter(({ status }) => status === 'old')
  for (const known of old.slice(index.rebuilds === 'always' ? 0 : config.keep)) {
    await discard(task, known).catch((error: unknown) => {
      if (!(error instanceof MbsyncError)) throw error
      // The new collection is searched already.
      watch.report({ type: 'warning', message: `${config.name}: an old collection stays: ${error.message}` })
    })
  }
}

async function discard(
  { index, session, watch }: SearchTask,
  { id, name }: { readonly id: number; readonly name: string },
): Promise<void> {
  // The next run drops what cannot be dropped now.
  if (watch.signal.aborted) return
  await index.drop(name)
  await forgetCollection(session, id)
}
