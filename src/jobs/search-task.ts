import type { SearchIndexConfig } from '../config/config.ts'
import { SearchError } from '../core/errors.ts'
import type { TableName } from '../core/table-name.ts'
import type { Database } from '../postgres/database.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import type { SearchIndex } from '../search/search-index.ts'
import type { RunSearch } from '../state/run-searches.ts'
import type { DocumentQuery } from '../state/wanted-documents.ts'
import type { Watch } from './watch.ts'

/** What a step of search may do that it does not do by itself. */
export interface SearchOptions {
  /** Whether to fill a new collection and switch to it. */
  readonly rebuild: boolean
  /** Whether to compare the documents of the server with what should be there, whatever the counts say. */
  readonly reconcile: boolean
  /** Whether to create a collection that is missing. */
  readonly create: boolean
  readonly allowMassDelete: boolean
}

/** One search index that is brought up to date by a run. */
export interface SearchTask {
  readonly config: SearchIndexConfig
  readonly index: SearchIndex
  readonly options: SearchOptions
  readonly target: Database
  /** The session for the state. */
  readonly session: Session
  readonly runId: number
  readonly watch: Watch
  /** Ends every request of the index that is under way. */
  readonly stop: (error: unknown) => void
}

/** What was done to a search index so far. */
export interface SearchFigures {
  mode: RunSearch['mode']
  documents: number
  changed: number
  indexed: number
  rejected: number
  deleted: number
}

/** The query of a search index. */
export function queryOf({ documents, idColumn }: SearchIndexConfig): DocumentQuery {
  const sql = typeof documents === 'string' ? documents : `SELECT * FROM ${relation(documents)}`
  return { sql, idColumn }
}

/** What the state knows the collections of a search index by. */
export function ownerOf({ name, home }: SearchIndexConfig) {
  return { searchIndex: name, type: home.type }
}

/** A table for this task alone; it is dropped with the landing tables. */
export function taskTable({ runId }: SearchTask, what: string): TableName {
  return { schema: 'mbsync_landing', name: `run_${runId}_${what}` }
}

/**
 * Stops where a half-read or empty table would empty a search index.
 * @throws SearchError
 */
export function refuseMassDelete(
  { config, options }: SearchTask,
  {
    documents,
    deletions,
    of,
  }: { readonly documents: number; readonly deletions: number; readonly of: number },
): void {
  if (options.allowMassDelete) return
  const hint =
    'Look at the tables and the query of this index. If that is how it should be, run again with --allow-mass-delete.'
  if (documents === 0)
    throw new SearchError(`${config.name}: the query gives no document; nothing was sent or deleted`, {
      hint,
    })
  if (deletions > (of * config.maxDeletePercent) / 100) {
    const share = `${Math.round((deletions * 100) / of)} %`
    throw new SearchError(
      `${config.name}: ${deletions} of ${of} documents (${share}) would be deleted, and ${config.maxDeletePercent} % is the limit; nothing was sent or deleted`,
      { hint },
    )
  }
}
