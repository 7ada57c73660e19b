import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { copyLine } from '../postgres/copy-rows.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Collection } from '../search/search-index.ts'
import { countDocuments, countVanished, reconcileDocuments } from '../state/documents.ts'
import {
  addCollection,
  forgetCollection,
  type KnownCollection,
  markLive,
} from '../state/search-collections.ts'
import { wantDocuments } from '../state/wanted-documents.ts'
import { queryOf, refuseMassDelete, type SearchFigures, type SearchTask, taskTable } from './search-task.ts'
import { sendWanted } from './send-wanted.ts'

/** Counts that did not fit may have hidden behind documents whose answer was lost: then ids are compared after all. */
const MOST_PASSES = 2

/** Brings the live collection up to date: what has changed is sent, what has gone is deleted. */
export async function updateIndex(
  task: SearchTask,
  live: Collection,
  known: readonly KnownCollection[],
  figures: SearchFigures,
): Promise<void> {
  const { config, index, session, options, watch } = task
  const collectionId = await rememberLive(task, live, known)
  await index.adjust(live)
  for (let pass = 1; pass <= MOST_PASSES; pass += 1) {
    if (pass > 1 || options.reconcile || !(await fits(task, collectionId, live)))
      await reconcile(task, collectionId, live)
    await sendChanges(task, collectionId, live, figures)
    if (await fits(task, collectionId, live)) return
  }
  const { acknowledged } = await countDocuments(session, collectionId)
  watch.report({
    type: 'warning',
    message: `${config.name}: the server has ${await index.countDocuments(live)} documents instead of ${acknowledged}`,
    hint: 'Somebody else may be writing to the collection. The next run looks again.',
  })
}

async function sendChanges(
  task: SearchTask,
  collectionId: number,
  live: Collection,
  figures: SearchFigures,
): Promise<void> {
  const { config, session } = task
  const table = taskTable(task, `documents_of_${collectionId}`)
  const wanted = await wantDocuments(session, queryOf(config), collectionId, table)
  figures.documents = wanted.documents
  figures.changed += wanted.changed
  figures.rejected = 0
  const { total } = await countDocuments(session, collectionId)
  const deletions = await countVanished(session, collectionId, wanted.table)
  refuseMassDelete(task, { documents: wanted.documents, deletions, of: total })
  await sendWanted(task, collectionId, live, wanted, figures)
  await session.execute(`DROP TABLE ${relation(table)}`)
}

/** Whether the server has as many documents as the state says. */
async function fits(
  { index, session }: SearchTask,
  collectionId: number,
  live: Collection,
): Promise<boolean> {
  const { acknowledged, uncertain } = await countDocuments(session, collectionId)
  const range = { least: acknowledged, most: acknowledged + uncertain }
  const count = await index.countDocuments(live, range)
  return count >= range.least && count <= range.most
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
  const id = found?.id ?? (await addCollection(session, config.name, live))
  if (found?.status !== 'live') await markLive(session, config.name, id)
  return id
}

/** Compares ids and corrects the state: what follows repairs the rest. */
async function reconcile(task: SearchTask, collectionId: number, live: Collection): Promise<void> {
  const { config, index, session, runId, watch } = task
  const table = taskTable(task, `ids_of_${collectionId}`)
  await session.execute(
    `CREATE UNLOGGED TABLE ${relation(table)} (id text COLLATE "C") WITH (autovacuum_enabled = false)`,
  )
  const lines = async function* () {
    for await (const ids of index.listIds(live)) yield ids.map((id) => copyLine([id])).join('')
  }
  await session.busy(() =>
    pipeline(
      Readable.from(lines()),
      session.copyIn(`COPY ${relation(table)} FROM STDIN WITH (ENCODING 'UTF8')`),
    ),
  )
  await session.execute(`ANALYZE ${relation(table)}`)
  const { lost, unknown } = await reconcileDocuments(session, collectionId, runId, table)
  await session.execute(`DROP TABLE ${relation(table)}`)
  if (lost + unknown === 0) return
  watch.report({
    type: 'warning',
    message: `${config.name}: the server lacked ${lost} documents and had ${unknown} that mbsync did not know of`,
    hint: 'They are sent or deleted now. If nobody else writes to the collection, look at its server.',
  })
}
