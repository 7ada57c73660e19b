import { type ReadonlyTableMap, TableMap } from '../core/table-map.ts'
import { isSameTable, type TableName } from '../core/table-name.ts'
import { dropTables } from '../postgres/in-batches.ts'
import type { Row, Session } from '../postgres/session.ts'
import { type AfterRecord, toAfterRecord } from './after.ts'
import { broughtRowsSql } from './brought-rows-sql.ts'
import { type CreatedCounts, findStayingHistories, readCounts, readFollowed } from './created-objects.ts'
import { type LoadedRows, readLoads } from './loads.ts'
import { LARGE_OBJECTS, type RunSequence, type RunTable } from './runs.ts'
import { isWrittenBy, readTargetIdentity, readTargetNow, whyMarkVoid } from './target-mark.ts'

/** A finished run with all that is needed to undo it. */
export interface UndoableRun {
  readonly id: number
  readonly profile: string
  readonly finishedAt: Date
  /** Why it cannot be known whether the target is as the run left it; undefined if it can. */
  readonly targetVoid: string | undefined
  readonly tables: readonly UndoableTable[]
  /** Histories of migrations that keep their rows, as the schema that the run has created stays. */
  readonly staying: readonly TableName[]
  readonly sequences: readonly RunSequence[]
  /** How many objects of each kind it has created. */
  readonly created: CreatedCounts
  /** How many changes of each kind it has made in tables that were there. */
  readonly followed: CreatedCounts
  /** Where what it replaced of large objects is kept; undefined if it wrote none. */
  readonly largeObjects: TableName | undefined
  /** What it has loaded into tables that were empty; none if it was a merge. */
  readonly loads: readonly LoadedRows[]
  /** What SQL of `after` has done in it; undefined if none ran. */
  readonly after: AfterRecord | undefined
}

/** A table that a run merged; without an undo table it did not change. */
export interface UndoableTable
  extends Pick<
    RunTable,
    'name' | 'inserted' | 'updated' | 'deleted' | 'rowsAfter' | 'undatedRows' | 'fingerprint' | 'keyColumns'
  > {
  /** The condition whose rows do not count there; null for none. */
  readonly keptBy: string | null
  /** The run that last read its rows before, and its `txid_current_snapshot()`. */
  readonly lookedIn: number
  readonly mergeSnapshot: string
  /** See `RunTable`; null for a run of an earlier version of mbsync. */
  readonly partitions: string | null
  readonly columnPlaces: string | null
  readonly undo: TableName | undefined
}

/** The condition under which what a run did to the table `t` of `run_tables` can no longer be undone. */
const CANNOT_BE_UNDONE = `coalesce(t.changed_by_after = 'not undoable', false) OR t.undo_table IS NULL AND t.inserted + t.updated + t.deleted > 0 AND NOT EXISTS (
  SELECT FROM mbsync.loads l WHERE l.run_id = t.run_id AND l.schema_name = t.schema_name AND l.table_name = t.table_name)`

/**
 * The run that `mbsync rollback` undoes: the last one on the target that was neither rolled back nor a rollback.
 * Undefined if there is none, or its undo set was pruned.
 */
export async function findUndoableRun(session: Session): Promise<UndoableRun | undefined> {
  const [found] = await session.query<Pick<UndoableRun, 'id' | 'profile' | 'finishedAt'> & Then>(
    `SELECT id::float8 AS id, profile, coalesce(finished_at, started_at) AS "finishedAt",
       merge_snapshot::text AS snapshot, target_identity AS identity, created, after,
       NOT EXISTS (SELECT FROM mbsync.run_tables t WHERE t.run_id = r.id AND NOT ${isWrittenBy('t', 'r.merge_xid')}) AS "isOriginal"
     FROM mbsync.runs r WHERE ${broughtRowsSql('r')} ORDER BY r.id DESC LIMIT 1`,
  )
  if (found === undefined) return undefined
  const { identity, isOriginal, snapshot, created, after, ...run } = found
  const { pruned } = await session.queryOne<{ pruned: boolean }>(
    `SELECT coalesce(bool_or(${CANNOT_BE_UNDONE}), false) OR EXISTS (SELECT FROM mbsync.swaps s WHERE s.run_id = $1) AS pruned
     FROM mbsync.run_tables t WHERE t.run_id = $1`,
    [run.id],
  )
  if (pruned) return undefined
  const counts = readCounts(created)
  const merged = await readTables(session, run.id)
  const staying = await findStayingHistories(session, counts, merged)
  const tables = merged.filter(({ name }) => !staying.has(name))
  const loads = await readLoads(session, run.id)
  const marks = [...new Set([snapshot, ...tables.map(({ mergeSnapshot }) => mergeSnapshot)])]
  const now = await readTargetNow(session)
  const isObjects = ({ name }: UndoableTable) => isSameTable(name, LARGE_OBJECTS)
  return {
    ...run,
    created: counts,
    followed: readFollowed(created),
    targetVoid: marks
      .map((mark) => whyMarkVoid({ identity, isOriginal, snapshot: mark }, now))
      .find((reason) => reason !== undefined),
    tables: tables.filter((table) => !isObjects(table)),
    staying: merged.flatMap(({ name }) => (staying.has(name) ? [name] : [])),
    sequences: await readSequences(session, run.id),
    largeObjects: tables.find(isObjects)?.undo,
    loads: loads.filter(({ name }) => !staying.has(name)),
    after: toAfterRecord(after),
  }
}

type Then = Row & {
  readonly snapshot: string
  readonly identity: string | null
  readonly isOriginal: boolean
  readonly created: unknown
  readonly after: unknown
}

async function readTables(session: Session, runId: number): Promise<UndoableTable[]> {
  const rows = await session.query<
    Omit<UndoableTable, 'name' | 'undo' | 'keyColumns'> & {
      schema: string
      table: string
      keyColumns: string[] | null
      undoTable: string | null
    }
  >(
    `SELECT t.schema_name AS schema, t.table_name AS table, t.inserted::float8 AS inserted, t.updated::float8 AS updated, t.deleted::float8 AS deleted,
       t.rows_after::float8 AS "rowsAfter", t.undated_rows::float8 AS "undatedRows", t.fingerprint,
       coalesce(t.looked_in, t.run_id)::float8 AS "lookedIn", coalesce(k.merge_snapshot, '1:1:')::text AS "mergeSnapshot",
       t.members AS partitions, t.column_places AS "columnPlaces", t.key_columns AS "keyColumns", t.undo_table AS "undoTable", t.kept_by AS "keptBy"
     FROM mbsync.run_tables t LEFT JOIN mbsync.runs k ON k.id = coalesce(t.looked_in, t.run_id) WHERE t.run_id = $1 ORDER BY 1, 2`,
    [runId],
  )
  return rows.map(({ schema, table, keyColumns, undoTable, ...row }) => ({
    ...row,
    name: { schema, name: table },
    keyColumns: keyColumns ?? undefined,
    undo: undoTable === null ? undefined : { schema: 'mbsync_undo', name: undoTable },
  }))
}

async function readSequences(session: Session, runId: number): Promise<RunSequence[]> {
  const rows = await session.query<
    Record<'schema' | 'name' | 'before' | 'after', string> & { beforeCalled: boolean; afterCalled: boolean }
  >(
    `SELECT schema_name AS schema, sequence_name AS name, before_value::text AS before, before_is_called AS "beforeCalled",
       after_value::text AS after, after_is_called AS "afterCalled"
     FROM mbsync.run_sequences WHERE run_id = $1 ORDER BY 1, 2`,
    [runId],
  )
  return rows.map(({ schema, name, before, beforeCalled, after, afterCalled }) => ({
    name: { schema, name },
    before: { lastValue: before, isCalled: beforeCalled },
    after: { lastValue: after, isCalled: afterCalled },
  }))
}

/** The marks of the tables of the run before the given one that is still to be undone, if there is one; `other` is that of all others. */
export async function readPreviousMarks(
  session: Session,
  runId: number,
): Promise<{ readonly marks: ReadonlyTableMap<TableMark>; readonly other: TableMark } | undefined> {
  const [run] = await session.query<{ id: number; snapshot: string }>(
    `SELECT id::float8 AS id, merge_snapshot::text AS snapshot FROM mbsync.runs r
     WHERE ${broughtRowsSql('r')} AND r.id < $1 ORDER BY r.id DESC LIMIT 1`,
    [runId],
  )
  if (run === undefined) return undefined
  const tables = await readTables(session, run.id)
  return {
    marks: new TableMap(tables.map((table) => [table.name, table])),
    other: { lookedIn: run.id, mergeSnapshot: run.snapshot },
  }
}

/** The runs that last read the rows of the tables of a run. */
export function looksOf({ tables }: UndoableRun): number[] {
  return tables.map(({ lookedIn }) => lookedIn)
}

/** A run that read the rows of a table, and its `txid_current_snapshot()`. */
export type TableMark = Pick<UndoableTable, 'lookedIn' | 'mergeSnapshot'>

/**
 * The transaction ids of the merges whose rows are mbsync's own: those that the marks of some runs, and one that is taken from now on, do not leave behind. Older
 * ones play no part, and ids come again after 2^32. A rollback that brought back rows of somebody else is not among them, nor are merges into
 * another database that this one was restored from.
 */
export async function readMergeXids(session: Session, runIds: readonly number[]): Promise<string[]> {
  const rows = await session.query<{ xid: string }>(
    `SELECT xid::text AS xid FROM mbsync.runs CROSS JOIN LATERAL unnest(array_append(load_xids, merge_xid)) AS xid
     WHERE xid IS NOT NULL AND NOT wrote_foreign_rows AND coalesce(target_identity, $2) = $2 AND xid >= least(
       txid_snapshot_xmin(txid_current_snapshot()),
       (SELECT min(txid_snapshot_xmin(marked.merge_snapshot)) FROM mbsync.runs marked WHERE marked.id = ANY ($1::bigint[])))
     ORDER BY id DESC`,
    [runIds, await readTargetIdentity(session)],
  )
  return rows.map((row) => row.xid)
}

/**
 * Marks a run as rolled back, inside the transaction of the rollback. Its undo set is dropped later, as no run knows it any longer. If the run changed tables, rows
 * of other sessions have its transaction id from then on.
 */
export async function markRolledBack(
  session: Session,
  run: Pick<UndoableRun, 'id' | 'followed'>,
): Promise<void> {
  await session.query(
    `UPDATE mbsync.runs SET status = 'rolled back', wrote_foreign_rows = wrote_foreign_rows OR $2 WHERE id = $1`,
    [run.id, run.followed.length > 0],
  )
  await session.query('UPDATE mbsync.run_tables SET undo_table = NULL WHERE run_id = $1', [run.id])
}

/** Drops the undo sets of all but the last `keep` finished runs. */
export async function pruneUndoSets(session: Session, keep: number): Promise<void> {
  const isPruned = `run_id NOT IN (SELECT r.id FROM mbsync.runs r WHERE ${broughtRowsSql('r')} ORDER BY r.id DESC LIMIT $1)`
  await Promise.all([
    session.query(
      `UPDATE mbsync.run_tables SET undo_table = NULL WHERE undo_table IS NOT NULL AND ${isPruned}`,
      [keep],
    ),
    session.query(`DELETE FROM mbsync.loads WHERE ${isPruned}`, [keep]),
    dropUnknownUndoTables(session),
  ])
}

/** Drops undo tables that no run knows: of a merge that has failed, or of a run that was pruned or rolled back. Call it under the run lock only. */
export async function dropUnknownUndoTables(session: Session): Promise<void> {
  const unknown = await session.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'mbsync_undo' AND c.relkind = 'r'
       AND NOT EXISTS (SELECT FROM mbsync.run_tables t WHERE t.undo_table = c.relname)`,
  )
  await dropTables(
    session,
    unknown.map(({ name }) => ({ schema: 'mbsync_undo', name })),
  )
}

/** Which of the runs can still be rolled back, one after the other, the last one first. */
export async function readRollbackIds(session: Session): Promise<ReadonlySet<number>> {
  const rows = await session.query<{ id: number; usable: boolean }>(
    `SELECT r.id::float8 AS id, CASE WHEN s.run_id IS NULL THEN NOT EXISTS (
       SELECT FROM mbsync.run_tables t WHERE t.run_id = r.id AND (${CANNOT_BE_UNDONE})
     ) ELSE EXISTS (SELECT FROM pg_database d WHERE d.oid::int8 = s.replaced_oid AND d.datname = s.replaced_name) END AS usable
     FROM mbsync.runs r LEFT JOIN mbsync.swaps s ON s.run_id = r.id
     WHERE ${broughtRowsSql('r')} ORDER BY r.id DESC LIMIT 100`,
  )
  const firstPruned = rows.findIndex((row) => !row.usable)
  return new Set(rows.slice(0, firstPruned === -1 ? rows.length : firstPruned).map((row) => row.id))
}
