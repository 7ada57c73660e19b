import type { TableName } from '../core/table-name.ts'
import type { SequenceValue } from '../postgres/catalog/read-sequences.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import type { Session } from '../postgres/session.ts'

const UNTRANSLATABLE_CHARACTER = '22P05'

/** What a run is for. */
export type RunMode = 'full' | 'incremental' | 'rollback' | 'search'

/** How a run stands. `abandoned` is a run whose process died; the next run writes it. */
export type RunStatus =
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'refused'
  | 'interrupted'
  | 'abandoned'
  | 'rolled back'

/** A run as it begins. */
export interface NewRun {
  readonly profile: string
  readonly mode: RunMode
  readonly version: string
  /** Facts that identify the source, without credentials. */
  readonly source?: Readonly<Record<string, unknown>>
  readonly undoneRun?: number
}

/** Closes runs whose process died, and opens a new one. Call it under the run lock only. */
export async function openRun(session: Session, run: NewRun): Promise<number> {
  await session.execute(
    `UPDATE mbsync.runs SET status = 'abandoned', finished_at = clock_timestamp(), error = 'The process ended without closing the run'
     WHERE status = 'running'`,
  )
  const { id } = await session.queryOne<{ id: number }>(
    `INSERT INTO mbsync.runs (profile, mode, status, mbsync_version, source, undone_run)
     VALUES ($1, $2, 'running', $3, $4, $5) RETURNING id::float8 AS id`,
    [run.profile, run.mode, run.version, run.source ?? null, run.undoneRun ?? null],
  )
  return id
}

/** Writes down that a run without a merge has done what it was for. */
export async function succeedRun(session: Session, id: number): Promise<void> {
  await session.query(
    `UPDATE mbsync.runs SET status = 'succeeded', finished_at = clock_timestamp() WHERE id = $1`,
    [id],
  )
}

/**
 * Writes down that a run ended without a merge. A run that has ended already is left as it is. The error may quote the other side,
 * with characters that the encoding of this one lacks: those become question marks.
 */
export async function closeRun(
  session: Session,
  id: number,
  { status, error }: { readonly status: 'failed' | 'refused' | 'interrupted'; readonly error: string },
): Promise<void> {
  const close = (text: string) =>
    session.query(
      `UPDATE mbsync.runs SET status = $2, error = $3, finished_at = clock_timestamp() WHERE id = $1 AND status = 'running'`,
      [id, status, text],
    )
  try {
    await close(error)
  } catch (problem) {
    if (!(problem instanceof DatabaseError && problem.sqlState === UNTRANSLATABLE_CHARACTER)) throw problem
    await close(error.replace(/[^ -~]/g, '?'))
  }
}

/** Writes down that mbsync has done all that there was to do for a run, and what it ended with. */
export async function endRun(session: Session, id: number, exitCode: number): Promise<void> {
  await session.query(
    'UPDATE mbsync.runs SET exit_code = $2, finished_at = clock_timestamp() WHERE id = $1',
    [id, exitCode],
  )
}

/** The status of a run, to learn how a COMMIT ended whose answer was lost. */
export async function readRunStatus(session: Session, id: number): Promise<RunStatus | undefined> {
  const [row] = await session.query<{ status: RunStatus }>('SELECT status FROM mbsync.runs WHERE id = $1', [
    id,
  ])
  return row?.status
}

/** What a run did to a table, with where it can be undone from. */
export interface RunTable {
  readonly name: TableName
  readonly mode: string
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly unchanged: number
  readonly rowsAfter: number
  readonly undatedRows: number
  readonly fingerprint: string
  readonly bytes: number
  readonly durationMs: number
  /** The key that rows were matched by; undefined for whole rows. */
  readonly keyColumns: readonly string[] | undefined
  readonly undoTable: string | undefined
}

/** What a run did to a sequence. */
export interface RunSequence {
  readonly name: TableName
  readonly before: SequenceValue
  readonly after: SequenceValue
}

/** Finishes a run inside the transaction of its merge: the two are true together or not at all. */
export async function finishRun(
  session: Session,
  id: number,
  done: {
    readonly tables: readonly RunTable[]
    readonly sequences: readonly RunSequence[]
    readonly snapshot?: string
    readonly backup?: string | undefined
    /** `txid_current_snapshot()` of the target, taken by the merge. */
    readonly mergeSnapshot: string
    readonly wroteForeignRows?: boolean
    readonly mode?: RunMode
  },
): Promise<void> {
  for (const table of done.tables) await insertTable(session, id, table)
  for (const { name, before, after } of done.sequences) {
    await session.query(`INSERT INTO mbsync.run_sequences VALUES ($1, $2, $3, $4, $5, $6, $7)`, [
      id,
      name.schema,
      name.name,
      before.lastValue,
      before.isCalled,
      after.lastValue,
      after.isCalled,
    ])
  }
  const total = (pick: (table: RunTable) => number) =>
    done.tables.reduce((sum, table) => sum + pick(table), 0)
  await session.query(
    `UPDATE mbsync.runs SET status = 'succeeded', finished_at = clock_timestamp(), source_snapshot = $2, bytes = $3,
       inserted = $4, updated = $5, deleted = $6, unchanged = $7,
       merge_xid = txid_current(), merge_snapshot = $9::txid_snapshot, wrote_foreign_rows = $8, backup = $10, mode = coalesce($11, mode)
     WHERE id = $1`,
    [
      id,
      done.snapshot ?? null,
      Math.round(total((table) => table.bytes)),
      total((table) => table.inserted),
      total((table) => table.updated),
      total((table) => table.deleted),
      total((table) => table.unchanged),
      done.wroteForeignRows ?? false,
      done.mergeSnapshot,
      done.backup ?? null,
      done.mode ?? null,
    ],
  )
}

async function insertTable(session: Session, id: number, table: RunTable): Promise<void> {
  await session.query(
    'INSERT INTO mbsync.run_tables VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)',
    [
      id,
      table.name.schema,
      table.name.name,
      table.mode,
      table.inserted,
      table.updated,
      table.deleted,
      table.unchanged,
      table.rowsAfter,
      table.undatedRows,
      table.fingerprint,
      Math.round(table.bytes),
      Math.round(table.durationMs),
      table.keyColumns ?? null,
      table.undoTable ?? null,
    ],
  )
}

/** How a run stands, for whoever waits for its end. */
export interface RunStanding {
  readonly status: RunStatus
  readonly exitCode: number | undefined
  /** Whether no other run has begun since. */
  readonly isNewest: boolean
}

/** How a run stands; undefined if there is none of this number. */
export async function readStanding(session: Session, id: number): Promise<RunStanding | undefined> {
  const [row] = await session.query<{ status: RunStatus; exitCode: number | null; isNewest: boolean }>(
    `SELECT status, exit_code AS "exitCode", NOT EXISTS (SELECT FROM mbsync.runs WHERE id > $1) AS "isNewest"
     FROM mbsync.runs WHERE id = $1`,
    [id],
  )
  return row === undefined ? undefined : { ...row, exitCode: row.exitCode ?? undefined }
}

/** What a run did to a table, as `mbsync status` shows it. */
export interface ListedTable
  extends Pick<RunTable, 'mode' | 'inserted' | 'updated' | 'deleted' | 'unchanged' | 'bytes' | 'durationMs'> {
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
  /** The run that it undid. */
  readonly undoneRunId: number | undefined
}

/** What else is known of a run that exists. */
export async function readRunFacts(session: Session, runId: number): Promise<RunFacts> {
  const { source, undoneRunId, ...facts } = await session.queryOne<{
    version: string
    source: string | null
    sequencesSet: number
    undoneRunId: number | null
  }>(
    `SELECT mbsync_version AS version, coalesce(source->>'dump', source->>'name') AS source, undone_run::float8 AS "undoneRunId",
       (SELECT count(*)::float8 FROM mbsync.run_sequences s WHERE s.run_id = r.id) AS "sequencesSet"
     FROM mbsync.runs r WHERE id = $1`,
    [runId],
  )
  return { ...facts, source: source ?? undefined, undoneRunId: undoneRunId ?? undefined }
}

/** A run as `mbsync status` lists it. */
export interface ListedRun {
  readonly id: number
  readonly profile: string
  readonly mode: RunMode
  readonly status: RunStatus
  readonly startedAt: Date
  readonly finishedAt: Date | undefined
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly unchanged: number
  readonly bytes: number
  readonly error: string | undefined
  /** What mbsync ended with; undefined while it works, and of a run whose process died. */
  readonly exitCode: number | undefined
  /** The dump that was written of the tables before they changed. */
  readonly backup: string | undefined
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
 * The last run that is over, of one profile or of all, and that was not for search indexes alone. A run without an exit code has died,
 * unless it is the newest and a run is under way.
 */
export async function readLastEnded(
  session: Session,
  { profile, isUnderWay }: { readonly profile: string | undefined; readonly isUnderWay: boolean },
): Promise<ListedRun | undefined> {
  const [row] = await session.query<RunRow>(
    `${RUNS_SQL} WHERE ($1::text IS NULL OR profile = $1) AND mode <> 'search'
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

const RUNS_SQL = `
SELECT id::float8 AS id, profile, mode, status, started_at AS "startedAt", finished_at AS "finishedAt",
  inserted::float8 AS inserted, updated::float8 AS updated, deleted::float8 AS deleted,
  unchanged::float8 AS unchanged, bytes::float8 AS bytes, error, exit_code AS "exitCode", backup
FROM mbsync.runs`

type Absent = 'finishedAt' | 'error' | 'exitCode' | 'backup'
type RunRow = Omit<ListedRun, Absent> & { [Key in Absent]: NonNullable<ListedRun[Key]> | null }

function toListedRun(row: RunRow): ListedRun {
  return {
    ...row,
    finishedAt: row.finishedAt ?? undefined,
    error: row.error ?? undefined,
    exitCode: row.exitCode ?? undefined,
    backup: row.backup ?? undefined,
  }
}
