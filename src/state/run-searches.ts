import type { Finding } from '../core/finding.ts'
import { groupBy } from '../core/group-by.ts'
import { type WithNulls, withoutNulls } from '../core/without-nulls.ts'
import type { Session } from '../postgres/session.ts'
import { keptFindings, readFindings } from './run-findings.ts'

/** What a run did to one search index. */
export interface RunSearch {
  readonly searchIndex: string
  readonly mode: 'update' | 'rebuild'
  readonly status: 'done' | 'rejected' | 'stopped' | 'failed'
  /** Documents that the query gave. */
  readonly documents: number
  readonly changed: number
  readonly indexed: number
  readonly rejected: number
  readonly deleted: number
  readonly durationMs: number
  /** Why all documents were compared, as the end of a sentence; undefined if they were not, or the collection was new. */
  readonly whyInFull: string | undefined
  readonly error: string | undefined
  /** What to do about the error. */
  readonly hint: string | undefined
  /** Everything that the documents or the server did not fit. */
  readonly findings: readonly Finding[]
}

/** Writes down what a run did to a search index. */
export async function insertRunSearch(session: Session, runId: number, search: RunSearch): Promise<void> {
  await session.query(
    `INSERT INTO mbsync.run_searches VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      runId,
      search.searchIndex,
      search.mode,
      search.status,
      search.documents,
      search.changed,
      search.indexed,
      search.rejected,
      search.deleted,
      Math.round(search.durationMs),
      search.error ?? null,
      search.hint ?? null,
      keptFindings(search.findings),
      search.whyInFull ?? null,
    ],
  )
}

/** What the given runs did to search indexes, by run. */
export async function readRunSearches(
  session: Session,
  runIds: readonly number[],
): Promise<Map<number, RunSearch[]>> {
  const rows = await session.query<
    WithNulls<Omit<RunSearch, 'findings'>> & { runId: number; findings: unknown }
  >(
    `SELECT run_id::float8 AS "runId", search_index AS "searchIndex", mode, status, documents::float8 AS documents,
       changed::float8 AS changed, indexed::float8 AS indexed, rejected::float8 AS rejected, deleted::float8 AS deleted,
       duration_ms::float8 AS "durationMs", why_in_full AS "whyInFull", error, hint, findings
     FROM mbsync.run_searches WHERE run_id = ANY ($1) ORDER BY run_id, search_index`,
    [runIds],
  )
  const byRun = groupBy(rows, ({ runId }) => runId)
  return new Map(
    [...byRun].map(([runId, own]) => [
      runId,
      own.map(({ runId: _, findings, ...search }) => {
        return { ...withoutNulls<Omit<RunSearch, 'findings'>>(search), findings: readFindings(findings) }
      }),
    ]),
  )
}
