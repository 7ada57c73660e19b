import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { copyLine } from '../postgres/copy-rows.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Collection } from '../search/search-index.ts'
import { countDocuments, reconcileDocuments } from '../state/documents.ts'
import { type WantedDocuments, wantDocuments } from '../state/wanted-documents.ts'
import { queryOf, type SearchFigures, type SearchTask, taskTable } from './search-task.ts'
import { sendWanted } from './send-wanted.ts'

/** How a collection is filled. */
export interface Filling {
  readonly collectionId: number
  readonly collection: Collection
  /** Whether no search reaches it yet: what dies in it is compared with the server before it is gone on with, or dropped. */
  readonly isNew: boolean
  /** Whether to compare ids first, whatever the counts say. */
  readonly comparesIds: boolean
  /** How often to look for changes at least: filling may take long enough for more of them. */
  readonly leastPasses: number
  /** Throws where the documents must not be sent. */
  readonly guard: (wanted: WantedDocuments) => Promise<void>
}

/** One pass of a filling. */
export interface Sending {
  /** Whether nothing has been sent to the collection before, so that the state cannot take anything for unchanged. */
  readonly isFirst: boolean
}

/** Counts that did not fit may have hidden behind documents whose answer was lost: then ids are compared after all. */
const MOST_PASSES = 3

/**
 * Makes a collection what the query gives: what has changed is sent, what has gone is deleted.
 * @returns whether the server has as many documents in the end as it has acknowledged
 */
export async function fillCollection(
  task: SearchTask,
  filling: Filling,
  figures: SearchFigures,
): Promise<boolean> {
  for (let pass = 1; pass <= MOST_PASSES; pass += 1) {
    if ((pass === 1 && filling.comparesIds) || !(await fits(task, filling))) await reconcile(task, filling)
    const isFirst = pass === 1 && filling.isNew && !filling.comparesIds
    await sendChanges(task, { ...filling, isFirst }, figures)
    if (pass >= filling.leastPasses && (await fits(task, filling))) return true
  }
  return false
}

async function sendChanges(
  task: SearchTask,
  filling: Filling & Sending,
  figures: SearchFigures,
): Promise<void> {
  const { config, session } = task
  const { collectionId, guard } = filling
  const table = taskTable(task, `documents_of_${collectionId}`)
  const wanted = await wantDocuments(session, queryOf(config), collectionId, table)
  figures.documents = wanted.documents
  const known = await countDocuments(session, collectionId)
  // Rejected documents are sent again by each pass.
  figures.changed += figures.rejected > 0 ? Math.max(0, wanted.changed - known.rejected) : wanted.changed
  figures.rejected = 0
  await guard(wanted)
  await sendWanted(task, filling, wanted, figures)
  await session.execute(`DROP TABLE ${relation(table)}`)
}

/** Whether the server has as many documents as the state says. */
async function fits({ index, session }: SearchTask, { collectionId, collection }: Filling): Promise<boolean> {
  const { acknowledged, uncertain } = await countDocuments(session, collectionId)
  const range = { least: acknowledged, most: acknowledged + uncertain }
  const count = await index.countDocuments(collection, range)
  return count >= range.least && count <= range.most
}

/** Compares ids and corrects the state: what follows repairs the rest. */
async function reconcile(task: SearchTask, { collectionId, collection, isNew }: Filling): Promise<void> {
  const { config, index, session, runId, watch } = task
  const table = taskTable(task, `ids_of_${collectionId}`)
  await session.execute(
    `CREATE UNLOGGED TABLE ${relation(table)} (id text COLLATE "C") WITH (autovacuum_enabled = false)`,
  )
  const lines = async function* () {
    for await (const ids of index.listIds(collection)) yield ids.map((id) => copyLine([id])).join('')
  }
  const copyIn = `COPY ${relation(table)} FROM STDIN WITH (ENCODING 'UTF8')`
  await session.busy(copyIn, () => pipeline(Readable.from(lines()), session.copyIn(copyIn)))
  await session.execute(`ANALYZE ${relation(table)}`)
  const { lost, unknown } = await reconcileDocuments(session, collectionId, runId, table)
  await session.execute(`DROP TABLE ${relation(table)}`)
  if (isNew || lost + unknown === 0) return
  watch.report({
    type: 'warning',
    message: `${config.name}: the server lacked ${lost} documents and had ${unknown} that mbsync did not know of`,
    hint: 'They are sent or deleted now. If nobody else writes to the collection, look at its server.',
  })
}
