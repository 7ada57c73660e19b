import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'

/** The columns of a table of which a run brought masked values. */
export interface MaskedTable {
  readonly table: TableName
  readonly columns: readonly string[]
}

/** The columns of which a run brought masked values. */
export interface MaskedColumns {
  readonly columns: readonly string[]
  /** Of the mask of each; undefined where the source does not know it, as a dump. */
  readonly digests: Readonly<Record<string, string>> | undefined
  /** Where the source stores them. */
  readonly places: readonly string[]
}

/** Reads what a run brought masked, by the name of the table. */
export async function readMaskedTables(session: Session, runId: number): Promise<MaskedTable[]> {
  const rows = await session.query<{ schema: string; name: string; columns: string[] }>(
    `SELECT schema_name AS schema, table_name AS name, masked_columns AS columns FROM mbsync.run_tables
     WHERE run_id = $1 AND pg_catalog.cardinality(masked_columns) > 0 ORDER BY 1, 2`,
    [runId],
  )
  return rows.map(({ schema, name, columns }) => ({ table: { schema, name }, columns }))
}

/** What the last run of each table brought masked; none if no run has brought anything masked. */
export async function readLastMasked(session: Session): Promise<MaskedTable[]> {
  const rows = await session.query<{ schema: string; name: string; columns: string[] }>(LAST_SQL)
  return rows.map(({ schema, name, columns }) => ({ table: { schema, name }, columns }))
}

const LAST_SQL = `
WITH last AS (
  SELECT max(t.run_id) AS run_id, t.schema_name, t.table_name FROM mbsync.run_tables t
  JOIN mbsync.runs r ON r.id = t.run_id AND r.status = 'succeeded' AND r.mode IN ('full', 'incremental')
  GROUP BY t.schema_name, t.table_name
)
SELECT t.schema_name AS schema, t.table_name AS name, coalesce(t.masked_columns, '{}') AS columns
FROM last JOIN mbsync.run_tables t USING (run_id, schema_name, table_name)
WHERE EXISTS (SELECT FROM mbsync.run_tables m WHERE pg_catalog.cardinality(m.masked_columns) > 0)
ORDER BY 1, 2`

/** Those of these places in the source that a run has read masked. */
export async function findMaskedPlaces(session: Session, places: readonly string[]): Promise<Set<string>> {
  if (places.length === 0) return new Set()
  const rows = await session.query<{ place: string }>(
    `SELECT DISTINCT p.place FROM mbsync.run_tables t
     JOIN mbsync.runs r ON r.id = t.run_id AND r.status = 'succeeded' AND r.mode IN ('full', 'incremental')
     CROSS JOIN LATERAL unnest(t.masked_places) AS p (place)
     WHERE t.masked_places && $1::text[] AND p.place = ANY ($1::text[])`,
    [places],
  )
  return new Set(rows.map(({ place }) => place))
}
