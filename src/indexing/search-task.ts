import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { EntityType, SearchIndexConfig } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import type { TableName } from '../core/table-name.ts'
import type { Database } from '../postgres/database.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { SearchStep } from '../progress/phases.ts'
import type { SearchIndex } from '../search/search-index.ts'
import type { RunSearch } from '../state/run-searches.ts'
import type { SeenSessions } from '../transfer/target-writes/write-counters.ts'
import type { DocumentState } from './document-state.ts'
import type { EntityQuery, ScopeChoice } from './documents/entities-sql.ts'
import type { DocumentQuery } from './documents/query-documents.ts'
import type { LinkedRebuild } from './linked-indexes.ts'

export type { ScopeChoice } from './documents/entities-sql.ts'

/** What a step of search may do that it does not do by itself. */
export interface SearchOptions {
  /** Whether to fill a new collection and switch to it. */
  readonly rebuild: boolean
  /** Whether to compare the documents of the server with what should be there, whatever the counts say. */
  readonly reconcile: boolean
  /** Whether to create a collection that is missing. */
  readonly create: boolean
  readonly allowMassDelete: boolean
  /** Which scopes of a Mixedbread store are meant; all unless given. */
  readonly scopes?: ScopeChoice
  /** How long to wait for a Mixedbread store until everything is searchable; not at all unless given. */
  readonly ingestWaitMs?: number
}

/** One search index that is brought up to date by a run. */
export interface SearchTask {
  readonly config: SearchIndexConfig
  readonly index: SearchIndex
  /** Opens the state of one of its collections. */
  readonly stateOf: (collectionId: number) => DocumentState
  readonly options: SearchOptions
  readonly target: Database
  /** The session for the state. */
  readonly session: Session
  readonly runId: number
  /** The sessions of strangers when the run began. */
  readonly seen: SeenSessions
  /** The sessions of this process that have written to no table of users. */
  readonly harmless: Pick<Database, 'openPids'>
  /** The whole query is run at the latest after this number of runs. */
  readonly recheck: number
  readonly context: JobContext
  /** The search indexes that are rebuilt with this one. */
  readonly linked: LinkedRebuild
  /** Ends every request of the index that is under way. */
  readonly stop: (error: unknown) => void
}

/** The run that brings search indexes up to date. */
export interface SearchRun extends Pick<SearchTask, 'target' | 'seen' | 'context'> {
  readonly id: number
  /** The session for the state. */
  readonly coordinator: Session
}

/** The search indexes that a run is to bring up to date, and how. */
export interface WantedSearch {
  readonly indexes: readonly SearchIndexConfig[]
  readonly options: SearchOptions
}

/** Says what is done for a search index now. */
export function reportStep(
  { config, context }: Pick<SearchTask, 'config' | 'context'>,
  step: SearchStep,
): void {
  context.report({ type: 'search-step', searchIndex: config.name, step })
}

/** What was done to a search index so far. */
export interface SearchFigures {
  mode: RunSearch['mode']
  documents: number
  changed: number
  indexed: number
  rejected: number
  deleted: number
  /** What a user must know although nothing failed. */
  findings: readonly Finding[]
  /** Why all documents of the live collection were compared. */
  whyInFull: string | undefined
}

/**
 * The query of a search index that has one, and not types of documents.
 */
export function queryOf({ name, documents, idColumn }: SearchIndexConfig): DocumentQuery {
  if (isEntities(documents)) throw new Error(`${name} has no query`)
  return { sql: rowsSql(documents), idColumn }
}

/** The types of documents of a search index; none if it has a query. */
export function entitiesOf({ documents }: SearchIndexConfig): EntityQuery[] {
  if (!isEntities(documents)) return []
  return documents.map(({ rows, ...entity }) => ({ ...entity, rows: rowsSql(rows) }))
}

function isEntities(documents: SearchIndexConfig['documents']): documents is readonly EntityType[] {
  return Array.isArray(documents)
}

function rowsSql(rows: string | TableName): string {
  return typeof rows === 'string' ? rows : `SELECT * FROM ${relation(rows)}`
}

/** What the state knows the collections of a search index by. */
export function ownerOf({ name, home }: SearchIndexConfig) {
  return { searchIndex: name, type: home.type }
}

/** A table for this task alone; it is dropped with the landing tables. */
export function taskTable({ runId }: Pick<SearchTask, 'runId'>, what: string): TableName {
  return { schema: 'mbsync_landing', name: `run_${runId}_${what}` }
}

/** Fills such a table with lines of COPY text, for as long as they are looked at. */
export async function withTaskTable<T>(
  task: Pick<SearchTask, 'session' | 'runId'>,
  what: string,
  columns: string,
  lines: AsyncIterable<string>,
  use: (table: TableName) => Promise<T>,
): Promise<T> {
  const { session } = task
  const table = taskTable(task, what)
  await session.define(
    `CREATE UNLOGGED TABLE ${relation(table)} (${columns}) WITH (autovacuum_enabled = false)`,
  )
  const copyIn = `COPY ${relation(table)} FROM STDIN WITH (ENCODING 'UTF8')`
  await session.busy(copyIn, () => pipeline(Readable.from(lines), session.copyIn(copyIn)))
  await session.execute(`ANALYZE ${relation(table)}`)
  const result = await use(table)
  await session.define(`DROP TABLE ${relation(table)}`)
  return result
}
