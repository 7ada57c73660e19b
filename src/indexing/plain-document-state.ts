import { findIdProblem } from '../core/find-id-problem.ts'
import type { TableName } from '../core/table-name.ts'
import { copyLine } from '../postgres/copy-rows.ts'
import { digestOf } from '../search/digest-of.ts'
import type { Collection } from '../search/search-index.ts'
import {
  type CountedDocuments,
  countDeleted,
  countDocuments,
  countOutdated,
  forgetDocuments,
  markAltered,
  markPending,
  readDeleted,
  reconcileDocuments,
  recordAnswers,
} from '../state/documents.ts'
import type { DocumentState, Reconciled } from './document-state.ts'
import { type PendingDocument, readTexts } from './documents/query-documents.ts'
import {
  type DocumentChoice,
  readPending,
  type WantedDocuments,
  wantDocuments,
} from './documents/wanted-documents.ts'
import { RowWatch } from './rows/row-watch.ts'
import { queryOf, type SearchTask, taskTable, withTaskTable } from './search-task.ts'
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

type ReconcileTask = Pick<SearchTask, 'config' | 'index' | 'session' | 'target' | 'runId'>

/**
 * Compares what the server has with the state, by ids or also by what the documents say, and corrects the state: what is sent and deleted
 * afterwards repairs the rest. Only their texts tell of a request that a server took late, after others of the same documents.
 */
async function reconcileCollection(
  task: ReconcileTask,
  collectionId: number,
  collection: Collection,
  comparesTexts: boolean,
): Promise<Reconciled> {
  const { session, runId } = task
  const found = { unusable: 0 }
  const unread = comparesTexts ? await task.index.listUnread?.(collection) : undefined
  const rows = comparesTexts ? listTexts(task, collection, found, unread) : listIds(task, collection, found)
  const columns = comparesTexts ? ['id', 'digest'] : ['id']
  return withRows(task, `found_in_${collectionId}`, columns, rows, async (table) => {
    const { lost, unknown } = await withLinearPlans(session, () =>
      reconcileDocuments(session, collectionId, runId, table),
    )
    const altered = comparesTexts ? await compareTexts(task, collectionId, table, unread) : 0
    return { ...found, lost, unknown, altered }
  })
}

type Rows = AsyncIterable<readonly string[][]>

async function* listIds({ index }: ReconcileTask, collection: Collection, found: { unusable: number }): Rows {
  for await (const ids of index.listIds(collection))
    yield ids.filter((id) => isUsable(id, found)).map((id) => [id])
}

async function* listTexts(
  { index }: ReconcileTask,
  collection: Collection,
  found: { unusable: number },
  unread: ReadonlySet<string> | undefined,
): Rows {
  for await (const documents of index.listTexts?.(collection) ?? [])
    yield documents
      .filter(({ id }) => isUsable(id, found))
      .map(({ id, json }) => [id, digestOf(json, unread)])
}

/** Whether the state can hold an id; what it cannot is counted. */
function isUsable(id: string, found: { unusable: number }): boolean {
  const isFit = findIdProblem(id) === undefined
  if (!isFit) found.unusable += 1
  return isFit
}

async function compareTexts(
  task: ReconcileTask,
  collectionId: number,
  found: TableName,
  unread: ReadonlySet<string> | undefined,
): Promise<number> {
  const { config, session, target } = task
  const reader = await target.session()
  const texts = async function* () {
    for await (const portion of readTexts(reader, queryOf(config)))
      yield portion.map(({ id, hash, json }) => [id, hash, digestOf(json, unread)])
  }
  const columns = ['id', 'hash', 'digest']
  const altered = await withRows(task, `wanted_in_${collectionId}`, columns, texts(), (wanted) =>
    withLinearPlans(session, () => markAltered(session, collectionId, found, wanted)),
  )
  await reader.end()
  return altered
}

function withRows<T>(
  task: ReconcileTask,
  name: string,
  columns: readonly string[],
  portions: Rows,
  use: (table: TableName) => Promise<T>,
): Promise<T> {
  const lines = async function* () {
    for await (const rows of portions) yield rows.map(copyLine).join('')
  }
  const definition = columns.map((column) => `${column} text COLLATE "C"`).join(', ')
  return withTaskTable(task, name, definition, lines(), use)
}
