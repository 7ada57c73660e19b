import { type ReadonlyTableMap, TableMap } from '../core/table-map.ts'
import type { TableName } from '../core/table-name.ts'
import type { TableAsLeft, Watermark } from '../core/watermark.ts'
import type { Session } from '../postgres/session.ts'
import { insertRows } from './insert-rows.ts'
import { isWrittenBy, readTargetNow, whyMarkVoid } from './target-mark.ts'

/** What is remembered of a table of the target. */
export interface StoredWatermark extends Watermark {
  readonly left: TableAsLeft & { readonly lookedIn: number }
  /** The condition whose rows do not count there; null for none. */
  readonly keptBy: string | null
  /** Why the target cannot be known to be as the run left it; undefined if it can. */
  readonly targetVoid: string | undefined
}

/** Reads every watermark whose run still stands. */
export async function readWatermarks(session: Session): Promise<ReadonlyTableMap<StoredWatermark>> {
  const [now, rows] = await Promise.all([readTargetNow(session), readRows(session)])
  return new TableMap(
    rows.map((row) => {
      const { schema, name, identity, isOriginal, left } = row
      const targetVoid =
        whyMarkVoid({ identity, isOriginal, snapshot: left.snapshot }, now) ??
        (row.isChangedByAfter ? CHANGED_BY_AFTER : undefined) ??
        (row.mayKeepOthers ? MAY_KEEP_OTHERS : undefined)
      const watermark = {
        targetVoid,
        systemIdentifier: row.systemIdentifier,
        databaseOid: row.databaseOid,
        timeline: row.timeline,
        incarnation: row.incarnation,
        xmin: row.xmin,
        fingerprint: row.fingerprint,
        masks: row.masks,
        targetFingerprint: row.targetFingerprint,
        targetPartitions: row.targetPartitions,
        keptBy: row.keptBy,
        left,
      }
      return [{ schema, name }, watermark] as const
    }),
  )
}

const CHANGED_BY_AFTER = 'SQL of `after` changed it in the last run'
const MAY_KEEP_OTHERS =
  'a function was changed in the target, and its `keep` condition may call it and keep other rows'

/** Whether functions of users were changed since the rows were last read: any of them may be called through others. */
const MAY_KEEP_OTHERS_SQL = `strpos(t.kept_by, '(') > 0 AND EXISTS (
  SELECT FROM pg_proc p WHERE p.oid >= 16384 AND NOT pg_is_other_temp_schema(p.pronamespace)
    AND age(p.xmin) BETWEEN 0 AND age((txid_snapshot_xmin(k.merge_snapshot) & 4294967295)::text::xid))`

type WatermarkRow = Omit<StoredWatermark, 'targetVoid'> & {
  readonly schema: string
  readonly name: string
  readonly identity: string | null
  readonly isOriginal: boolean
  readonly isChangedByAfter: boolean
  readonly mayKeepOthers: boolean
}

function readRows(session: Session): Promise<WatermarkRow[]> {
  return session.query<WatermarkRow>(
    `SELECT w.schema_name AS schema, w.table_name AS name, w.system_identifier AS "systemIdentifier",
       w.database_oid::float8 AS "databaseOid", w.timeline, w.incarnation, w.source_xmin::text AS xmin, w.fingerprint,
       w.masks, w.target_fingerprint AS "targetFingerprint", t.members AS "targetPartitions", t.kept_by AS "keptBy",
       json_strip_nulls(json_build_object('rows', t.rows_after, 'undated', t.undated_rows, 'fingerprint', t.fingerprint, 'lookedIn', k.id,
         'snapshot', k.merge_snapshot::text, 'unlookedRuns', t.unlooked_runs, 'writeCounters', t.write_counters)) AS left,
       r.target_identity AS identity, ${isWrittenBy('w', 'r.merge_xid')} AS "isOriginal", t.changed_by_after IS NOT NULL AS "isChangedByAfter",
       coalesce(${MAY_KEEP_OTHERS_SQL}, false) AS "mayKeepOthers"
     FROM mbsync.watermarks w JOIN mbsync.runs r ON r.id = w.run_id
     JOIN mbsync.run_tables t ON t.run_id = w.run_id AND t.schema_name = w.schema_name AND t.table_name = w.table_name
     JOIN mbsync.runs k ON k.id = coalesce(t.looked_in, t.run_id)
     WHERE r.status = 'succeeded'`,
  )
}

/** A watermark to store for a table. */
export interface NewWatermark extends Watermark {
  readonly table: TableName
}

/** Replaces the watermarks of the tables that a run wrote, inside its transaction; tables without a new one have none any more. */
export async function replaceWatermarks(
  session: Session,
  runId: number,
  tables: readonly TableName[],
  watermarks: Iterable<NewWatermark>,
): Promise<void> {
  const toRow = ({ table, ...mark }: NewWatermark) => ({
    schema_name: table.schema,
    table_name: table.name,
    run_id: runId,
    system_identifier: mark.systemIdentifier,
    database_oid: mark.databaseOid,
    timeline: mark.timeline,
    incarnation: mark.incarnation,
    source_xmin: mark.xmin,
    fingerprint: mark.fingerprint,
    target_fingerprint: mark.targetFingerprint,
    masks: mark.masks,
  })
  await Promise.all([
    session.query(
      `DELETE FROM mbsync.watermarks w USING unnest($1::text[], $2::text[]) AS t (schema, name)
       WHERE w.schema_name = t.schema AND w.table_name = t.name`,
      [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
    ),
    insertRows(session, 'watermarks', watermarks, toRow),
  ])
}
