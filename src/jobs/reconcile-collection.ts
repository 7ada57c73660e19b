import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { findIdProblem } from '../core/find-id-problem.ts'
import type { TableName } from '../core/table-name.ts'
import { copyLine } from '../postgres/copy-rows.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { digestOf } from '../search/digest-of.ts'
import { markAltered, reconcileDocuments } from '../state/documents.ts'
import { readTexts } from '../state/wanted-documents.ts'
import type { Filling } from './fill-collection.ts'
import { queryOf, type SearchTask, taskTable } from './search-task.ts'

/**
 * Compares what the server has with the state, by ids or also by what the documents say, and corrects the state: what is sent and deleted
 * afterwards repairs the rest. Only their texts tell of a request that a server took late, after others of the same documents.
 */
export async function reconcileCollection(
  task: SearchTask,
  filling: Filling,
  { comparesTexts }: { readonly comparesTexts: boolean },
): Promise<void> {
  const { session, runId } = task
  const { collectionId } = filling
  const table = taskTable(task, `found_in_${collectionId}`)
  const unusable = await loadFound(task, filling, table, comparesTexts)
  const { lost, unknown } = await reconcileDocuments(session, collectionId, runId, table)
  const altered = comparesTexts ? await compareTexts(task, collectionId, table) : 0
  await session.execute(`DROP TABLE ${relation(table)}`)
  tell(task, { unusable, ...(filling.reached !== 'live' ? NOTHING : { lost, unknown, altered }) })
}

/** @returns how many documents have ids that the state cannot hold */
async function loadFound(
  { index, session }: SearchTask,
  { collection }: Filling,
  table: TableName,
  comparesTexts: boolean,
): Promise<number> {
  let unusable = 0
  const usable = (id: string) => {
    const isUsable = findIdProblem(id) === undefined
    if (!isUsable) unusable += 1
    return isUsable
  }
  const ids = async function* () {
    for await (const portion of index.listIds(collection)) yield portion.filter(usable).map((id) => [id])
  }
  const texts = async function* () {
    for await (const portion of index.listTexts?.(collection) ?? [])
      yield portion.filter(({ id }) => usable(id)).map(({ id, json }) => [id, digestOf(json)])
  }
  if (comparesTexts) await load(session, table, ['id', 'digest'], texts())
  else await load(session, table, ['id'], ids())
  return unusable
}

async function compareTexts(task: SearchTask, collectionId: number, found: TableName): Promise<number> {
  const { config, session, target } = task
  const table = taskTable(task, `wanted_in_${collectionId}`)
  const reader = await target.session()
  const texts = async function* () {
    for await (const portion of readTexts(reader, queryOf(config)))
      yield portion.map(({ id, hash, json }) => [id, hash, digestOf(json)])
  }
  await load(session, table, ['id', 'hash', 'digest'], texts())
  await reader.end()
  const altered = await markAltered(session, collectionId, found, table)
  await session.execute(`DROP TABLE ${relation(table)}`)
  return altered
}

/** Fills a new table of texts. */
async function load(
  session: Session,
  table: TableName,
  columns: readonly string[],
  portions: AsyncIterable<readonly string[][]>,
): Promise<void> {
  const definition = columns.map((column) => `${column} text COLLATE "C"`).join(', ')
  await session.execute(
    `CREATE UNLOGGED TABLE ${relation(table)} (${definition}) WITH (autovacuum_enabled = false)`,
  )
  const lines = async function* () {
    for await (const rows of portions) yield rows.map(copyLine).join('')
  }
  await session.busy(() =>
    pipeline(
      Readable.from(lines()),
      session.copyIn(`COPY ${relation(table)} FROM STDIN WITH (ENCODING 'UTF8')`),
    ),
  )
  await session.execute(`ANALYZE ${relation(table)}`)
}

const NOTHING = { lost: 0, unknown: 0, altered: 0 }

function tell(
  { config: { name }, watch }: SearchTask,
  { unusable, lost, unknown, altered }: typeof NOTHING & { readonly unusable: number },
): void {
  const warn = (message: string, hint: string) =>
    watch.report({ type: 'warning', message: `${name}: ${message}`, hint })
  if (unusable > 0) {
    warn(
      `the server has ${unusable} documents whose ids mbsync can neither have written nor delete`,
      'Delete them there, or fill a new collection without them with --rebuild.',
    )
  }
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
