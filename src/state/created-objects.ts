import { TableSet } from '../core/table-map.ts'
import type { TableName } from '../core/table-name.ts'
import { recogniseHistory } from '../postgres/catalog/migration-histories.ts'
import type { Session } from '../postgres/session.ts'

/** How many objects of each kind a run has created. */
export type CreatedCounts = readonly (readonly [kind: string, count: number])[]

/**
 * Writes down everything that the transaction under way has created outside the schemas of mbsync. Every object of a database leaves rows in
 * `pg_depend` that its transaction wrote, but for those of a few kinds that depend on nothing.
 * @param childXids the ids of the savepoints and exception blocks of the transaction that have written to the catalog
 */
export async function rememberCreated(
  session: Session,
  runId: number,
  childXids: readonly string[],
): Promise<void> {
  await session.query(REMEMBER_SQL, [runId, childXids])
  await session.query(
    `INSERT INTO mbsync.created_objects (run_id, xid, class_oid, object_oid, is_root)
     SELECT $1, child, 0::oid, (child & 4294967295)::oid, false FROM unnest($2::bigint[]) AS child ON CONFLICT DO NOTHING`,
    [runId, childXids],
  )
}

/**
 * Writes down that the transaction under way has altered what runs have created, so that it does not pass for that of another session.
 * @param childXids as for {@link rememberCreated}, read only if a run has created something: event triggers may have altered it, too
 */
export async function rememberAltered(
  session: Session,
  childXids: (session: Session) => Promise<readonly string[]>,
): Promise<void> {
  if (!(await hasCreated(session))) return
  await session.query(
    `INSERT INTO mbsync.created_objects (run_id, xid, class_oid, object_oid, is_root)
     SELECT DISTINCT o.run_id, x, 0::oid, (x & 4294967295)::oid, false
     FROM mbsync.created_objects o, unnest($1::bigint[] || txid_current()) AS x ON CONFLICT DO NOTHING`,
    [await childXids(session)],
  )
}

/** Whether there may be something that {@link hasCreated} finds, without reading the state, which may be another role's. */
export async function mayHaveCreated(session: Session): Promise<boolean> {
  const { may } = await session.queryOne<{ may: boolean }>(
    `SELECT EXISTS (
       SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'mbsync' AND c.relname = 'created_objects' AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0
     ) AS may`,
  )
  return may
}

/** Whether runs have created something that is not known to stay. */
export async function hasCreated(session: Session): Promise<boolean> {
  const { has } = await session.queryOne<{ has: boolean }>(
    'SELECT EXISTS (SELECT FROM mbsync.created_objects) AS has',
  )
  return has
}

/** What runs without success have left, as far as the role may read it: `pg_class:16385`. The next run drops it first. */
export async function readLeftovers(session: Session): Promise<ReadonlySet<string>> {
  const { mayRead } = await session.queryOne<{ mayRead: boolean }>(
    `SELECT coalesce(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), false) AS "mayRead"
     FROM (SELECT) AS one LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace)
       ON n.nspname = 'mbsync' AND c.relname = 'created_objects' AND c.relkind = 'r'`,
  )
  if (!mayRead) return new Set()
  const rows = await session.query<{ id: string }>(
    `SELECT k.relname || ':' || o.object_oid AS id FROM mbsync.created_objects o JOIN pg_class k ON k.oid = o.class_oid`,
  )
  return new Set(rows.map(({ id }) => id))
}

/** What a run has done to the schema, and what it has yet to do once its rows are there. */
export interface SchemaWork {
  readonly created: CreatedCounts
  /** How many changes of each kind it has made in tables that were there. */
  readonly followed: CreatedCounts
  /** What PostgreSQL calls the objects that follow after the rows. */
  readonly pending: readonly string[]
}

/** Forgets what runs have created: from now on, it stays. What was changed in tables that were there stays anyway, and is counted. */
export async function forgetCreated(session: Session, runId: number, work: SchemaWork): Promise<void> {
  await session.query('DELETE FROM mbsync.created_objects')
  await rememberSchemaWork(session, runId, work)
}

/** Writes down what a run has done to the schema. */
export async function rememberSchemaWork(
  session: Session,
  runId: number,
  { created, followed, pending }: SchemaWork,
): Promise<void> {
  const all = [
    ...created,
    ...followed.map((entry) => [...entry, FOLLOWED]),
    ...pending.map((identity) => [identity, 1, PENDING]),
  ]
  await session.query('UPDATE mbsync.runs SET created = $2 WHERE id = $1', [runId, JSON.stringify(all)])
}

/** Mark what was changed, and what was yet to be, among what was created. */
const FOLLOWED = 'followed'
const PENDING = 'pending'

/** By the run, the objects that were to follow after its rows: of a run whose process died, nothing is known of them. */
export async function readPending(
  session: Session,
  runIds: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (runIds.length === 0) return new Map()
  const rows = await session.query<{ id: number; created: unknown }>(
    `SELECT id::float8 AS id, created FROM mbsync.runs WHERE id = ANY ($1::bigint[]) AND created IS NOT NULL`,
    [runIds],
  )
  return new Map(
    rows.map(({ id, created }) => [id, countsOf(created, PENDING).map(([identity]) => identity)]),
  )
}

/** How many objects of each kind a run has created, by what it wrote down; none if it has created nothing. */
export function readCounts(created: unknown): CreatedCounts {
  return countsOf(created, undefined)
}

/** How many changes of each kind a run has made in tables that were there, by what it wrote down. */
export function readFollowed(created: unknown): CreatedCounts {
  return countsOf(created, FOLLOWED)
}

function countsOf(created: unknown, wanted: string | undefined): CreatedCounts {
  if (!Array.isArray(created)) return []
  return created.flatMap((entry: unknown) => {
    const [kind, count, mark] = Array.isArray(entry) ? entry : []
    const isCount = typeof kind === 'string' && typeof count === 'number' && mark === wanted
    return isCount ? [[kind, count] as const] : []
  })
}

/** Kinds that may depend on nothing. */
const ALONE = ['pg_namespace', 'pg_extension', 'pg_cast', 'pg_language', 'pg_publication', 'pg_event_trigger']

/** Whether the row `alias` was written by this transaction, or by a child of it: `xmin` is the low half of its id. */
function isOwnRow(alias: string): string {
  return `${alias}.xmin::text::bigint IN (SELECT low FROM own)`
}

/**
 * What depends on another object of the list in any way but by a reference goes with that one. A sequence that a later transaction gives to its column is
 * on the list already.
 */
const REMEMBER_SQL = `
WITH own AS MATERIALIZED (
  SELECT id & 4294967295 AS low FROM unnest($2::bigint[] || txid_current()) AS id
), made AS MATERIALIZED (
  SELECT d.classid AS class, d.objid AS object FROM pg_depend d WHERE ${isOwnRow('d')}
  ${ALONE.map((name) => `UNION SELECT '${name}'::regclass, c.oid FROM ${name} c WHERE ${isOwnRow('c')}`).join('\n  ')}
), part AS (
  SELECT DISTINCT d.classid AS class, d.objid AS object FROM pg_depend d
  JOIN made whole ON whole.class = d.refclassid AND whole.object = d.refobjid
  WHERE d.deptype <> 'n' AND (d.classid, d.objid) <> (d.refclassid, d.refobjid)
)
INSERT INTO mbsync.created_objects (run_id, xid, class_oid, object_oid, is_root)
SELECT $1, txid_current(), class, object,
  NOT EXISTS (SELECT FROM part WHERE part.class = made.class AND part.object = made.object)
FROM made
ON CONFLICT (class_oid, object_oid) DO UPDATE SET is_root = created_objects.is_root AND EXCLUDED.is_root`

/**
 * The histories of migrations that a run has filled together with the schema that it has created. They keep their rows when the run is rolled
 * back: the schema stays, and a migration tool that finds its history empty would create everything a second time.
 */
export async function findStayingHistories(
  session: Session,
  created: CreatedCounts,
  tables: readonly { readonly name: TableName; readonly inserted: number; readonly rowsAfter: number }[],
): Promise<TableSet> {
  if (!created.some(([kind]) => kind === 'table')) return new TableSet()
  const filled = tables.filter(({ inserted, rowsAfter }) => inserted > 0 && inserted === rowsAfter)
  const names = filled.map(({ name }) => name)
  const rows = await session.query<{ schema: string; name: string; columns: string[] }>(
    `SELECT t.schema, t.name, pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS t (schema, name)
     JOIN pg_catalog.pg_namespace n ON n.nspname = t.schema
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.name
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     GROUP BY t.schema, t.name`,
    [names.map(({ schema }) => schema), names.map(({ name }) => name)],
  )
  return new TableSet(rows.filter(({ columns, ...name }) => recogniseHistory(name, columns) !== undefined))
}
