import { relation } from '../postgres/identifiers.ts'
import type { Collection } from '../search/search-index.ts'
import type { WantedDocuments } from '../state/wanted-documents.ts'
import type { DocumentLedger } from './document-ledger.ts'
import type { SearchFigures, SearchTask } from './search-task.ts'
import { sendWanted } from './send-wanted.ts'

/** How a collection is filled. */
export interface Filling {
  readonly ledger: DocumentLedger
  readonly collection: Collection
  /** Whether no search reaches it yet: what dies in it is compared with the server before it is gone on with, or dropped. */
  readonly isNew: boolean
  /** Whether to compare with the server first, whatever the counts say. */
  readonly comparesFirst: boolean
  /** How often to look for changes at least: filling may take long enough for more of them. */
  readonly leastPasses: number
  /** Says what of it may be sent and deleted; throws if nothing may. */
  readonly guard: (wanted: WantedDocuments) => Promise<WantedDocuments>
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
    if ((pass === 1 && filling.comparesFirst) || !(await fits(task, filling)))
      await reconcile(task, filling, pass === 1 && task.options.reconcile)
    const isFirst = pass === 1 && filling.isNew && !filling.comparesFirst
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
  const { session } = task
  const { ledger, guard } = filling
  const wanted = await ledger.want()
  figures.documents = wanted.documents
  const { rejected } = await ledger.count()
  // Rejected documents are sent again by each pass.
  figures.changed += figures.rejected > 0 ? Math.max(0, wanted.changed - rejected) : wanted.changed
  figures.rejected = 0
  await sendWanted(task, filling, await guard(wanted), figures)
  await session.execute(`DROP TABLE ${relation(wanted.table)}`)
}

/** Whether the server has as many documents as the state says. */
async function fits({ index }: SearchTask, { ledger, collection }: Filling): Promise<boolean> {
  const { acknowledged, uncertain } = await ledger.count()
  const range = { least: acknowledged, most: acknowledged + uncertain }
  const count = await index.countDocuments(collection, range)
  return count >= range.least && count <= range.most
}

/** Compares with the server and corrects the state, by contents, too, where that was asked for. */
async function reconcile(
  { config: { name }, watch }: SearchTask,
  { ledger, collection, isNew }: Filling,
  comparesContents: boolean,
): Promise<void> {
  const { unusable, lost, unknown, altered } = await ledger.reconcile(collection, comparesContents)
  const warn = (message: string, hint: string) =>
    watch.report({ type: 'warning', message: `${name}: ${message}`, hint })
  if (unusable > 0) {
    warn(
      `the server has ${unusable} documents whose ids mbsync can neither have written nor delete`,
      'Delete them there, or fill a new collection without them with --rebuild.',
    )
  }
  if (isNew) return
  if (lost + unknown > 0) {
    warn(
      `the server lacked ${lost} documents and had ${unknown} that mbsync did not know of`,
      'They are sent or deleted now. If nobody else writes to the collection, look at its server.',
    )
  }
  if (altered > 0) {
    warn(
      `the server had ${altered} documents with other contents than it had acknowledged`,
      'They are sent again now. If that comes again and nobody else writes to the collection, the server may turn values into others: give their fields the types of the columns.',
    )
  }
}
