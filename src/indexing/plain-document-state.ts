import {
  countDeleted,
  countDocuments,
  countSettled,
  forgetDocuments,
  markPending,
  readDeleted,
  recordAnswers,
} from '../state/documents.ts'
import type { DocumentState } from './document-state.ts'
import {
  type DocumentChoice,
  type PendingDocument,
  readPending,
  type WantedDocuments,
  wantDocuments,
} from './documents/wanted-documents.ts'
import { reconcileCollection } from './reconcile-collection.ts'
import { RowWatch } from './rows/row-watch.ts'
import { queryOf, type SearchTask, taskTable } from './search-task.ts'
import { withLinearPlans } from './with-linear-plans.ts'

/** The state of a collection whose documents are an id and a text: `mbsync.documents`. */
export function plainDocumentState(
  task: Pick<
    SearchTask,
    'config' | 'index' | 'session' | 'target' | 'runId' | 'seen' | 'harmless' | 'recheck'
  >,
  collectionId: number,
): DocumentState<PendingDocument> {
  const { config, index, session, runId } = task
  const query = queryOf(config)
  const watch = new RowWatch({
    session,
    runId,
    collectionId,
    sql: query.sql,
    keys: config.keys,
    idColumn: query.idColumn,
    seen: task.seen,
    harmless: task.harmless,
    recheck: task.recheck,
  })
  const deletedOf = ({ table, among }: WantedDocuments) =>
    withLinearPlans(session, () => countDeleted(session, collectionId, table, among))
  const want = (choice?: DocumentChoice) =>
    wantDocuments(session, query, collectionId, taskTable(task, `documents_of_${collectionId}`), choice)
  return {
    refresh: async () => {},
    want: (isTrusted) =>
      watch.want(isTrusted, {
        countSettled: () => countSettled(session, collectionId),
        all: () => want(),
        some: (ids, before) => want({ ids, before }),
      }),
    remember: () => watch.remember(),
    shares: async (wanted) => {
      // What the server never had, because it rejected it, is not deleted from it either.
      const { acknowledged, uncertain } = await countDocuments(session, collectionId)
      const { onServer: deletions } = await deletedOf(wanted)
      return [{ part: undefined, documents: wanted.documents, deletions, of: acknowledged + uncertain }]
    },
    withhold: async (wanted) => wanted,
    count: () => countDocuments(session, collectionId),
    reconcile: (collection, comparesContents) =>
      reconcileCollection(task, collectionId, collection, comparesContents && index.listTexts !== undefined),
    markPending: ({ table }) => markPending(session, collectionId, runId, table),
    readPending,
    record: (writer, documents, outcomes) => {
      const answers = documents.map(({ id, hash }, at) => {
        const outcome = outcomes[at]
        return { id, hash, error: outcome?.kind === 'rejected' ? outcome.error : undefined }
      })
      return recordAnswers(writer, collectionId, runId, answers)
    },
    countDeleted: async (wanted) => (await deletedOf(wanted)).known,
    readDeleted: (wanted, after, limit) =>
      withLinearPlans(session, () => readDeleted(session, collectionId, wanted, after, limit)),
    tidy: () => session.define('ANALYZE mbsync.documents'),
    forget: (writer, ids) => forgetDocuments(writer, collectionId, ids),
    conclude: async (_, rejected) => rejected,
  }
}
