import { relation } from '../postgres/identifiers.ts'
import type { Collection } from '../search/search-index.ts'
import { countDocuments } from '../state/documents.ts'
import { type WantedDocuments, wantDocuments } from '../state/wanted-documents.ts'
import { reconcileCollection } from './reconcile-collection.ts'
import { queryOf, type SearchFigures, type SearchTask, taskTable } from './search-task.ts'
import { sendWanted } from './send-wanted.ts'

/** How a collection is filled. */
export interface Filling {
  readonly collectionId: number
  readonly collection: Collection
  /**
   * How far it is: searches reach one that is `live`; one that is `begun` may have been filled by a run that died, so it is compared with the
   * server before it is gone on with.
   */
  readonly reached: 'empty' | 'begun' | 'live'
  /** How often to look for changes at least: filling may take long enough for more of them. */
  readonly leastPasses: number
  /** Throws where the documents must not be sent. */
  readonly guard: (wanted: WantedDocuments) => Promise<void>
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
  let current = filling
  for (let pass = 1; pass <= MOST_PASSES; pass += 1) {
    await compare(task, current, pass === 1)
    await sendChanges(task, current, figures)
    if (pass >= filling.leastPasses && (await fits(task, current))) return true
    if (current.reached === 'empty') current = { ...current, reached: 'begun' }
  }
  return false
}

async function compare(task: SearchTask, filling: Filling, isFirst: boolean): Promise<void> {
  const { index, options } = task
  const isAskedFor = isFirst && options.reconcile && filling.reached !== 'empty'
  const isDue = isAskedFor || (isFirst && filling.reached === 'begun')
  if (!isDue && (await fits(task, filling))) return
  await reconcileCollection(task, filling, { comparesTexts: isAskedFor && index.listTexts !== undefined })
}

async function sendChanges(task: SearchTask, filling: Filling, figures: SearchFigures): Promise<void> {
  const { config, session } = task
  const { collectionId, guard } = filling
  const table = taskTable(task, `documents_of_${collectionId}`)
  const wanted = await wantDocuments(session, queryOf(config), collectionId, table)
  figures.documents = wanted.documents
  // What one pass had rejected is sent again by the next, and counts once.
  figures.changed += wanted.changed - figures.rejected
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
