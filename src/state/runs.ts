import type { Finding } from '../core/finding.ts'
import type { RowCounts } from '../core/row-counts.ts'
import type { TableName } from '../core/table-name.ts'
import type { SequenceValue } from '../postgres/catalog/read-sequences.ts'
import type { Session } from '../postgres/session.ts'
import type { AfterRecord } from './after.ts'
import { inItsEncoding } from './in-its-encoding.ts'
import { insertRows } from './insert-rows.ts'
import type { MaskedColumns } from './masked-tables.ts'
import { keptFindings } from './run-findings.ts'
import { readTargetIdentity } from './target-mark.ts'

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
  /** Whether the command line limits it to some of the tables or rows of its profile. */
  readonly isPartial?: boolean
  readonly undoneRun?: number
}

/** Closes runs whose process died, and opens a new one. Call it under the run lock only. */
export async function openRun(session: Session, run: NewRun): Promise<number> {
  const [, { id }] = await Promise.all([
    session.execute(
      `UPDATE mbsync.runs SET status = 'abandoned', finished_at = clock_timestamp(), error = 'The process ended without closing the run'
       WHERE status = 'running'`,
    ),
    session.queryOne<{ id: number }>(
      `INSERT INTO mbsync.runs (profile, mode, status, mbsync_version, source, undone_run)
       VALUES ($1, $2, 'running', $3, $4, $5) RETURNING id::float8 AS id`,
      [run.profile, run.mode, run.version, sourceOf(run), run.undoneRun ?? null],
    ),
  ])
  return id
}

/** What is stored of the source: its identity, and whether only a part of the profile was read. */
function sourceOf({ source, isPartial = false }: NewRun): Readonly<Record<string, unknown>> | null {
  return isPartial ? { ...source, isPartial } : (source ?? null)
}

/** Writes down that a run without a merge has done what it was for. */
export async function succeedRun(session: Session, id: number): Promise<void> {
  await session.query(
    `UPDATE mbsync.runs SET status = 'succeeded', finished_at = clock_timestamp() WHERE id = $1`,
    [id],
  )
}

/** Why a run ended without a merge. */
export interface RunFailure {
  readonly status: 'failed' | 'refused' | 'interrupted'
  readonly error: string
  /** What to do about it. */
  readonly hint?: string | undefined
  /** Everything that stood in its way. */
  readonly findings: readonly Finding[]
}

/** Writes down that a run ended without a merge. A run that has ended already is left as it is. */
export async function closeRun(session: Session, id: number, failure: RunFailure): Promise<void> {
  await inItsEncoding([failure.error, failure.hint ?? null], (texts) =>
    session.query(
      `UPDATE mbsync.runs SET status = $2, error = $3, hint = $4, findings = $5, finished_at = clock_timestamp()
       WHERE id = $1 AND status = 'running'`,
      [id, failure.status, ...texts, keptFindings(failure.findings)],
    ),
  )
}

/** Writes down a run that ended before it was opened. Call it under the run lock only. */
export async function insertEndedRun(
  session: Session,
  run: NewRun,
  failure: RunFailure & { readonly startedAt: Date; readonly exitCode: number },
): Promise<void> {
  await inItsEncoding([failure.error, failure.hint ?? null], (texts) =>
    session.query(
      `INSERT INTO mbsync.runs (profile, mode, status, mbsync_version, source, started_at, finished_at, exit_code, error, hint, findings)
       VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), $7, $8, $9, $10)`,
      [
        run.profile,
        run.mode,
        failure.status,
        run.version,
        sourceOf(run),
        failure.startedAt,
        failure.exitCode,
        ...texts,
        keptFindings(failure.findings),
      ],
    ),
  )
}

/** Writes down that mbsync has done all that there was to do for a run, and what it ended with. */
export async function endRun(
  session: Session,
  id: number,
  exitCode: number,
  notes: readonly Finding[],
): Promise<void> {
  await session.query(
    'UPDATE mbsync.runs SET exit_code = $2, findings = coalesce(findings, $3), finished_at = clock_timestamp() WHERE id = $1',
    [id, exitCode, notes.length === 0 ? null : keptFindings(notes)],
  )
}

/** Whether runs of a profile have been here. */
export async function knowsProfile(session: Session, profile: string): Promise<boolean> {
  const { known } = await session.queryOne<{ known: boolean }>(
    'SELECT EXISTS (SELECT FROM mbsync.runs WHERE profile = $1) AS known',
    [profile],
  )
  return known
}

/**
 * How the merge of a run ended whose transaction had this id: the row of the run was written by the same transaction. Where the row and the
 * server's own record do not agree, the transaction ended between the two looks, or on another server: that is not known yet.
 */
export async function readCommit(
  session: Session,
  id: number,
  xid: string | undefined,
): Promise<'committed' | 'rolled back' | 'in progress'> {
  const { isWritten, ended } = await session.queryOne<{ isWritten: boolean; ended: string | null }>(
    `SELECT EXISTS (SELECT FROM mbsync.runs WHERE id = $1 AND status IN ('succeeded', 'rolled back')) AS "isWritten",
       pg_catalog.txid_status($2::int8) AS ended`,
    [id, xid ?? null],
  )
  if (isWritten) return 'committed'
  return ended === 'aborted' ? 'rolled back' : 'in progress'
}

/** Whether any run has brought rows into the database, also if it was rolled back since. */
export async function hasWritten(session: Session): Promise<boolean> {
  const { written } = await session.queryOne<{ written: boolean }>(
    `SELECT EXISTS (
       SELECT FROM mbsync.runs WHERE status IN ('succeeded', 'rolled back') AND mode IN ('full', 'incremental')
     ) AS written`,
  )
  return written
}

/** What a run did to a table, with where it can be undone from. */
export interface RunTable extends RowCounts {
  readonly name: TableName
  readonly mode: string
  readonly rowsAfter: number
  readonly undatedRows: number
  readonly fingerprint: string
  /** The run whose merge last read the rows of the table; undefined for this one. */
  readonly lookedIn: number | undefined
  /** How many runs in a row have relied on statistics instead. */
  readonly unlookedRuns: number
  readonly bytes: number
  readonly durationMs: number
  /** The key that rows were matched by; undefined for whole rows. */
  readonly keyColumns: readonly string[] | undefined
  readonly undoTable: string | undefined
  /** What the server's statistics said of all writes to the table when the merge ended; undefined where they cannot vouch for it. */
  readonly writeCounters: string | undefined
  /** Digests of the relations that held its rows, and of where they stored its columns. */
  readonly partitions: string
  readonly columnPlaces: string
  /** The condition under which rows stay: those that meet it are not among `rowsAfter`, `undatedRows` and `fingerprint`. */
  readonly keptBy?: string | undefined
  /** The columns of which it brought masked values. */
  readonly masked?: MaskedColumns | undefined
  /** Whether SQL of `after` has written to it, and whether a rollback undoes that. */
  readonly changedByAfter?: 'undoable' | 'not undoable' | undefined
}

/** The name that stands for large objects among the tables of a run. */
export const LARGE_OBJECTS: TableName = { schema: 'pg_catalog', name: 'pg_largeobject' }

/** What a run did to a sequence. */
export interface RunSequence {
  readonly name: TableName
  readonly before: SequenceValue
  readonly after: SequenceValue
}

/** What a run did to all of its tables. */
export type RunTotal = Pick<RunTable, 'bytes' | 'inserted' | 'updated' | 'deleted' | 'unchanged'>

/** Adds up what a run did to its tables. */
export function totalOf(tables: Iterable<RunTotal>): RunTotal {
  const total = { bytes: 0, inserted: 0, updated: 0, deleted: 0, unchanged: 0 }
  for (const { bytes, inserted, updated, deleted, unchanged } of tables) {
    total.bytes += bytes
    total.inserted += inserted
    total.updated += updated
    total.deleted += deleted
    total.unchanged += unchanged
  }
  return total
}

/** Finishes a run inside the transaction of its merge: the two are true together or not at all. */
export async function finishRun(
  session: Session,
  id: number,
  done: {
    readonly tables: Iterable<RunTable>
    readonly total: RunTotal
    readonly sequences: readonly RunSequence[]
    readonly backup?: string | undefined
    /** `txid_current_snapshot()` of the target, taken by the merge. */
    readonly mergeSnapshot: string
    readonly wroteForeignRows?: boolean
    readonly mode?: RunMode
    /** The ids of other transactions that have written its rows: of those that have loaded its tables, and of savepoints. */
    readonly childXids?: readonly string[]
    readonly after?: AfterRecord | undefined
  },
): Promise<void> {
  const identity = await readTargetIdentity(session)
  const { bytes, inserted, updated, deleted, unchanged } = done.total
  await Promise.all([
    insertTables(session, id, done.tables),
    insertSequences(session, id, done.sequences),
    session.query(
      `UPDATE mbsync.runs SET status = 'succeeded', finished_at = clock_timestamp(), bytes = $2,
         inserted = $3, updated = $4, deleted = $5, unchanged = $6,
         merge_xid = txid_current(), merge_snapshot = $8::txid_snapshot, wrote_foreign_rows = $7, backup = $9, mode = coalesce($10, mode),
         target_identity = $11, load_xids = $12::bigint[], after = $13::jsonb
       WHERE id = $1`,
      [
        id,
        Math.round(bytes),
        inserted,
        updated,
        deleted,
        unchanged,
        done.wroteForeignRows ?? false,
        done.mergeSnapshot,
        done.backup ?? null,
        done.mode ?? null,
        identity,
        done.childXids ?? null,
        done.after === undefined ? null : JSON.stringify(done.after),
      ],
    ),
  ])
}

async function insertTables(session: Session, id: number, tables: Iterable<RunTable>): Promise<void> {
  await insertRows(session, 'run_tables', tables, (table) => ({
    run_id: id,
    schema_name: table.name.schema,
    table_name: table.name.name,
    mode: table.mode,
    inserted: table.inserted,
    updated: table.updated,
    deleted: table.deleted,
    unchanged: table.unchanged,
    rows_after: table.rowsAfter,
    undated_rows: table.undatedRows,
    fingerprint: table.fingerprint,
    looked_in: table.lookedIn,
    unlooked_runs: table.unlookedRuns,
    bytes: Math.round(table.bytes),
    duration_ms: Math.round(table.durationMs),
    key_columns: table.keyColumns,
    undo_table: table.undoTable,
    write_counters: table.writeCounters,
    members: table.partitions,
    column_places: table.columnPlaces,
    masked_columns: table.masked?.columns ?? [],
    mask_digests: table.masked?.digests,
    masked_places: table.masked?.places,
    kept_by: table.keptBy,
    changed_by_after: table.changedByAfter,
  }))
}

async function insertSequences(
  session: Session,
  id: number,
  sequences: readonly RunSequence[],
): Promise<void> {
  await insertRows(session, 'run_sequences', sequences, ({ name, before, after }) => ({
    run_id: id,
    schema_name: name.schema,
    sequence_name: name.name,
    before_value: before.lastValue,
    before_is_called: before.isCalled,
    after_value: after.lastValue,
    after_is_called: after.isCalled,
  }))
}
