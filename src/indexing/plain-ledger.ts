import type { TableName } from '../core/table-name.ts'
import {
  countDocuments,
  countVanished,
  forgetDocuments,
  markPending,
  readVanished,
  recordAnswers,
} from '../state/documents.ts'
import type { DocumentLedger } from './document-ledger.ts'
import { type PendingDocument, readPending, wantDocuments } from './documents/wanted-documents.ts'
import { reconcileCollection } from './reconcile-collection.ts'
import { queryOf, type SearchTask, taskTable } from './search-task.ts'
import { withLinearPlans } from './with-linear-plans.ts'

/** The ledger of a collection whose documents are an id and a text: `mbsync.documents`. */
export function plainLedger(
  task: Pick<SearchTask, 'config' | 'index' | 'session' | 'target' | 'runId'>,
  collectionId: number,
): DocumentLedger<PendingDocument> {
  const { config, index, session, runId } = task
  const vanished = (table: TableName) =>
    withLinearPlans(session, () => countVanished(session, collectionId, table))
  return {
    refresh: async () => {},
    want: () =>
      wantDocuments(session, queryOf(config), collectionId, taskTable(task, `documents_of_${collectionId}`)),
    shares: async ({ documents, table }) => {
      // What the server never had, because it rejected it, is not deleted from it either.
      const { acknowledged, uncertain } = await countDocuments(session, collectionId)
      const { onServer: deletions } = await vanished(table)
      return [{ part: undefined, documents, deletions, of: acknowledged + uncertain }]
    },
    withhold: async (wanted) => wanted,
    count: () => countDocuments(session, collectionId),
    reconcile: (collection, comparesContents) =>
      reconcileCollection(task, collectionId, collection, comparesContents && index.listTexts !== undefined),
    markPending: ({ table }) => markPending(session, collectionId, runId, table),
    readPending,
    record: (clerk, documents, outcomes) => {
      const answers = documents.map(({ id, hash }, at) => {
        const outcome = outcomes[at]
        return { id, hash, error: outcome?.kind === 'rejected' ? outcome.error : undefined }
      })
      return recordAnswers(clerk, collectionId, runId, answers)
    },
    countVanished: async ({ table }) => (await vanished(table)).known,
    readVanished: ({ table }, after, limit) =>
      withLinearPlans(session, () => readVanished(session, collectionId, table, after, limit)),
    tidy: () => session.define('ANALYZE mbsync.documents'),
    forget: (clerk, ids) => forgetDocuments(clerk, collectionId, ids),
    conclude: async (_, rejected) => rejected,
  }
}
