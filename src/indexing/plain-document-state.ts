import {
  type CountedDocuments,
  countDeleted,
  countDocuments,
  countOutdated,
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
  // The run lock keeps others from writing to the state: until this run does, the counts stay.
  let counted: CountedDocuments | undefined
  let deleted: Awaited<ReturnType<typeof countDeleted>> | undefined
  const count = async () => {
    counted ??= await countDocuments(session, collectionId)
    return counted
  }
  const deletedOf = async ({ table, among }: WantedDocuments) => {
    deleted ??= await withLinearPlans(session, () => countDeleted(session, collectionId, table, among))
    return deleted
  }
  const want = (choice?: DocumentChoice) => {
    deleted = undefined
    return wantDocuments(
      session,
      query,
      collectionId,
      taskTable(task, `documents_of_${collectionId}`),
      choice,
    )
  }
  const forgetCounts = () => {
    counted = undefined
    deleted = undefined
  }
  const changed = <T>(work: Promise<T>): Promise<T> => {
    forgetCounts()
    return work.finally(forgetCounts)
  }
  return {
    refresh: async () => {},
    want: (isTrusted) =>
      watch.want(isTrusted, {
        countSettled: async () => (await count()).settled,
        all: () => want(),
        some: (ids, before) => want({ ids, before }),
      }),
    remember: () => watch.remember(),
    shares: async (wanted) => {
      // What the server never had, because it rejected it, is not deleted from it either.
      const { acknowledged, uncertain } = await count()
      const { onServer: deletions } = await deletedOf(wanted)
      return [{ part: undefined, documents: wanted.documents, deletions, of: acknowledged + uncertain }]
    },
    withhold: async (wanted) => wanted,
    count,
    reconcile: (collection, comparesContents) =>
      changed(
        reconcileCollection(
          task,
          collectionId,
          collection,
          comparesContents && index.listTexts !== undefined,
        ),
      ),
    markPending: ({ table }) => changed(markPending(session, collectionId, runId, table)),
    readPending,
    record: (writer, documents, outcomes) => {
      const answers = documents.map(({ id, hash }, at) => {
        const outcome = outcomes[at]
        return { id, hash, error: outcome?.kind === 'rejected' ? outcome.error : undefined }
      })
      return changed(recordAnswers(writer, collectionId, runId, answers))
    },
    countOutdated: () => countOutdated(session, collectionId),
    countDeleted: async (wanted) => (await deletedOf(wanted)).known,
    readDeleted: (wanted, after, limit) =>
      withLinearPlans(session, () => readDeleted(session, collectionId, wanted, after, limit)),
    tidy: () => session.define('ANALYZE mbsync.documents'),
    forget: (writer, ids) => changed(forgetDocuments(writer, collectionId, ids)),
    conclude: async (_, rejected) => rejected,
  }
}
