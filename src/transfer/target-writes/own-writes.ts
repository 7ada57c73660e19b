import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'

/** What a transaction has written so far. */
export interface OwnWrites {
  /** By object id. `writes` is null if they are not counted. A column is identified by its name and number. */
  readonly tables: ReadonlyMap<
    number,
    { readonly name: TableName; readonly writes: string | null; readonly columns: readonly string[] }
  >
  /** How much it has written to system catalogs. */
  readonly definitions: string
}

/** What a transaction has written between two readings. */
export interface WrittenBetween {
  /** The tables that it has written to, created or dropped, and those for which this is not known. */
  readonly tables: ReadonlyMap<number, TableName>
  /** Whether it may have changed definitions. */
  readonly hasDefined: boolean
}

/** Reads what the current transaction has written, from its own statistics that are not reported yet, and from the files of its tables. */
export async function readOwnWrites(session: Session): Promise<OwnWrites> {
  const [rows, { definitions }] = await Promise.all([
    session.query<TableRow>(TABLES_SQL),
    session.queryOne<{ definitions: string }>(DEFINITIONS_SQL),
  ])
  return {
    tables: new Map(
      rows.map(({ oid, schema, name, ...own }) => [oid, { name: { schema, name }, ...own }] as const),
    ),
    definitions,
  }
}

interface TableRow extends Record<string, unknown>, TableName {
  readonly oid: number
  readonly writes: string | null
  readonly columns: readonly string[]
}

/** Compares two readings in one transaction. Pure. */
export function writtenBetween(before: OwnWrites, now: OwnWrites): WrittenBetween {
  const oids = new Set([...before.tables.keys(), ...now.tables.keys()])
  const written = [...oids].flatMap((oid) => {
    const [then, since] = [before.tables.get(oid), now.tables.get(oid)]
    const isSame =
      then !== undefined &&
      since !== undefined &&
      since.writes !== null &&
      then.writes === since.writes &&
      hasAll(since.columns, then.columns)
    const name = since?.name ?? then?.name
    return isSame || name === undefined ? [] : [[oid, name] as const]
  })
  return { tables: new Map(written), hasDefined: before.definitions !== now.definitions }
}

/** A dropped column loses its values, and a new one of its name is another column. An added column leaves the others as they are. */
function hasAll(now: readonly string[], before: readonly string[]): boolean {
  const there = new Set(now)
  return before.every((column) => there.has(column))
}

const COUNTS = `pg_stat_get_xact_tuples_inserted(c.oid), pg_stat_get_xact_tuples_updated(c.oid), pg_stat_get_xact_tuples_deleted(c.oid)`

/** TRUNCATE and rewrites are not counted, but give a table another file. Dropping a column does neither. Only heaps are known to count. */
const TABLES_SQL = `
SELECT c.oid::int8::float8 AS oid, n.nspname::text AS schema, c.relname::text AS name,
  CASE WHEN a.amname = 'heap' AND current_setting('track_counts') = 'on' THEN concat_ws(' ', pg_relation_filenode(c.oid), ${COUNTS}) END AS writes,
  ARRAY(SELECT a.attnum || ' ' || a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'mbsync', 'mbsync_landing', 'mbsync_undo')`

/** ANALYZE and large objects write to catalogs, too. */
const DEFINITIONS_SQL = `
SELECT concat_ws(' ', ${COUNTS.replaceAll(/pg_stat\w+\(c\.oid\)/g, 'sum($&)')}) AS definitions
FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r'
  AND c.relname NOT IN ('pg_statistic', 'pg_largeobject', 'pg_largeobject_metadata', 'pg_shdepend')`
