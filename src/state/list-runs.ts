import type { Finding } from '../core/finding.ts'
import type { RowCounts } from '../core/row-counts.ts'
import type { TableName } from '../core/table-name.ts'
import { type WithNulls, withoutNulls } from '../core/without-nulls.ts'
import type { Session } from '../postgres/session.ts'
import { type CreatedCounts, readCounts, readFollowed } from './created-objects.ts'
import { readFindings } from './run-findings.ts'
import type { RunMode, RunStatus, RunTable } from './runs.ts'

/** How a run stands, for whoever waits for its end. */
export interface RunStanding {
  readonly exitCode: number | undefined
  /** Whether no other run has begun since. */
  readonly isNewest: boolean
}

/** How a run stands; undefined if there is none of this number. */
export async function readStanding(session: Session, id: number): Promise<RunStanding | undefined> {
  const [row] = await session.query<{ exitCode: number | null; isNewest: boolean }>(
    `SELECT exit_code AS "exitCode", NOT EXISTS (SELECT FROM mbsync.runs WHERE id > $1) AS "isNewest"
     FROM mbsync.runs WHERE id = $1`,
    [id],
  )
  return row === undefined ? undefined : { ...row, exitCode: row.exitCode ?? undefined }
}

/** What a run did to a table, as `mbsync status` shows it. */
export interface ListedTable extends RowCounts, Pick<RunTable, 'mode' | 'bytes' | 'durationMs'> {
  readonly table: TableName
}

/** What a run did to its tables, by name. */
export async function listRunTables(session: Session, runId: number): Promise<ListedTable[]> {
  const rows = await session.query<Omit<ListedTable, 'table'> & { schema: string; name: string }>(
    `SELECT schema_name AS schema, table_name AS name, mode, inserted::float8 AS inserted, updated::float8 AS updated,
       deleted::float8 AS deleted, unchanged::float8 AS unchanged, bytes::float8 AS bytes, duration_ms::float8 AS "durationMs"
     FROM mbsync.run_tables WHERE run_id = $1 ORDER BY 1, 2`,
    [runId],
  )
  return rows.map(({ schema, name, ...figures }) => ({ table: { schema, name }, ...figures }))
}

/** What else is known of a run. */
export interface RunFacts {
  readonly version: string
  /** The name of its source, or of its dump. */
  readonly source: string | undefined
  readonly sequencesSet: number
  /** How many objects of each kind it has created. */
  readonly created: CreatedCounts
  /** How many changes of each kind it has made in tables that were there. */
  readonly followed: CreatedCounts
  /** The run that it undid. */
  readonly undoneRunId: number | undefined
}

/** What else is known of a run that exists. */
export async function readRunFacts(session: Session, runId: number): Promise<RunFacts> {
  const { source, undoneRunId, created, ...facts } = await session.queryOne<{
    version: string
    source: string | null
    sequencesSet: number
    undoneRunId: number | null
    created: unknown
  }>(
    `SELECT mbsync_version AS version, coalesce(source->>'dump', source->>'name') AS source, undone_run::float8 AS "undoneRunId", created,
       (SELECT count(*)::float8 FROM mbsync.run_sequences s WHERE s.run_id = r.id) AS "sequencesSet"
     FROM mbsync.runs r WHERE id = $1`,
    [runId],
  )
  return {
    ...facts,
    source: source ?? undefined,
    created: readCounts(created),
    followed: readFollowed(created),
    undoneRunId: undoneRunId ?? undefined,
  }
}

/** A run as `mbsync status` lists it. */
export interface ListedRun extends RowCounts {
  readonly id: number
  readonly profile: string
  readonly mode: RunMode
  readonly status: RunStatus
  readonly startedAt: Date
  readonly finishedAt: Date | undefined
  readonly bytes: number
  readonly error: string | undefined
  /** What to do about the error. */
  readonly hint: string | undefined
  /** What validation found: what it was refused for, or notes. */
  readonly findings: readonly Finding[]
  /** What mbsync ended with; undefined while it works, and of a run whose process died. */
  readonly exitCode: number | undefined
  /** The dump that was written of the tables before they changed. */
  readonly backup: string | undefined
  /** Whether the command line limited it to some of the tables or rows of its profile. */
  readonly isPartial: boolean
}

/** The last runs, of one profile or of all, newest first. */
export async function listRuns(
  session: Session,
  { profile, limit }: { readonly profile: string | undefined; readonly limit: number },
): Promise<ListedRun[]> {
  const rows = await session.query<RunRow>(
    `${RUNS_SQL} WHERE $1::text IS NULL OR profile = $1 ORDER BY runs.id DESC LIMIT $2`,
    [profile ?? null, limit],
  )
  return rows.map(toListedRun)
}

/**
 * The last run that is over, of one profile or of all, that was to bring all rows: no rollback, and neither for search indexes alone nor for some tables
 * alone. A run without an exit code has died, unless it is the newest and a run is under way.
 */
export async function readLastEnded(
  session: Session,
  { profile, isUnderWay }: { readonly profile: string | undefined; readonly isUnderWay: boolean },
): Promise<ListedRun | undefined> {
  const [row] = await session.query<RunRow>(
    `${RUNS_SQL} WHERE ($1::text IS NULL OR profile = $1) AND mode NOT IN ('search', 'rollback') AND NOT ${IS_PARTIAL}
     AND NOT ($2 AND exit_code IS NULL AND id = (SELECT max(id) FROM mbsync.runs))
     ORDER BY runs.id DESC LIMIT 1`,
    [profile ?? null, isUnderWay],
  )
  return row === undefined ? undefined : toListedRun(row)
}

/** The run of a number; undefined if there is none. */
export async function readRun(session: Session, id: number): Promise<ListedRun | undefined> {
  const [row] = await session.query<RunRow>(`${RUNS_SQL} WHERE id = $1`, [id])
  return row === undefined ? undefined : toListedRun(row)
}

const IS_PARTIAL = `coalesce((source ->> 'isPartial')::boolean, false)`

const RUNS_SQL = `
SELECT id::float8 AS id, profile, mode, status, started_at AS "startedAt", finished_at AS "finishedAt",
  inserted::float8 AS inserted, updated::float8 AS updated, deleted::float8 AS deleted,
  unchanged::float8 AS unchanged, bytes::float8 AS bytes, error, hint, findings, exit_code AS "exitCode", backup,
  ${IS_PARTIAL} AS "isPartial"
FROM mbsync.runs`

type RunRow = WithNulls<Omit<ListedRun, 'findings'>> & { readonly findings: unknown }

function toListedRun({ findings, ...row }: RunRow): ListedRun {
  return { ...withoutNulls<Omit<ListedRun, 'findings'>>(row), findings: readFindings(findings) }
}
