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
    if ((pass === 1 && filling.comparesIds) || !(await fits(task, filling))) {
      const isAskedFor = pass === 1 && task.options.reconcile
      await reconcileCollection(task, filling, {
        comparesTexts: isAskedFor && task.index.listTexts !== undefined,
      })
    }
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
