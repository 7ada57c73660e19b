import { findIdProblem } from '../core/find-id-problem.ts'
import type { TableName } from '../core/table-name.ts'
import { copyLine } from '../postgres/copy-rows.ts'
import { digestOf } from '../search/digest-of.ts'
import type { Collection } from '../search/search-index.ts'
import { markAltered, reconcileDocuments } from '../state/documents.ts'
import type { Reconciled } from './document-state.ts'
import { readTexts } from './documents/wanted-documents.ts'
import { queryOf, type SearchTask, withTaskTable } from './search-task.ts'
import { withLinearPlans } from './with-linear-plans.ts'

type ReconcileTask = Pick<SearchTask, 'config' | 'index' | 'session' | 'target' | 'runId'>

/**
 * Compares what the server has with the state, by ids or also by what the documents say, and corrects the state: what is sent and deleted
 * afterwards repairs the rest. Only their texts tell of a request that a server took late, after others of the same documents.
 */
export async function reconcileCollection(
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
