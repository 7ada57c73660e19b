import { DatabaseError } from '../../postgres/explain-error.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'

/**
 * The transaction ids of savepoints and exception blocks in the current transaction in which rows of tables were written, by the object ids
 * of the tables. Rows that the role cannot read are left out.
 */
export async function readChildXids(session: Session, oids: readonly number[]): Promise<string[]> {
  if (oids.length === 0) return []
  const tables = await session.query<{ schema: string; name: string }>(READABLE_SQL, [oids])
  const found = new Set<string>()
  for (const table of tables) {
    const rows = await withUserPath(session, 'reading', () =>
      session.query<{ xid: string }>(
        `SELECT DISTINCT (o.top - o.low + t.xmin::text::int8 + CASE WHEN t.xmin::text::int8 < o.low THEN 4294967296 ELSE 0 END)::text AS xid
         FROM ONLY ${relation(table)} AS t, (SELECT txid_current() AS top, txid_current() & 4294967295 AS low) AS o WHERE age(t.xmin) < 0`,
      ),
    )
    for (const { xid } of rows) found.add(xid)
  }
  return found.size === 0 ? [] : inProgress(session, [...found])
}

const READABLE_SQL = `
SELECT n.nspname::text AS schema, c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[]) AND c.relkind = 'r' AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid)`

/** The error for a transaction id in the future. */
const INVALID_PARAMETER = '22023'

/**
 * A visible row with a later id than the transaction's was committed by others meanwhile, or is its own. A row that was frozen long ago may
 * also seem later; then nothing is known.
 */
async function inProgress(session: Session, xids: readonly string[]): Promise<string[]> {
  await session.execute('SAVEPOINT child_xids')
  try {
    const rows = await session.query<{ xid: string }>(
      `SELECT x AS xid FROM unnest($1::text[]) AS x WHERE txid_status(x::int8) = 'in progress'`,
      [xids],
    )
    return rows.map(({ xid }) => xid)
  } catch (error) {
    if (!(error instanceof DatabaseError && error.sqlState === INVALID_PARAMETER)) throw error
    await session.execute('ROLLBACK TO SAVEPOINT child_xids')
    return []
  } finally {
    await session.execute('RELEASE SAVEPOINT child_xids').catch(() => undefined)
  }
}

/**
 * The transaction ids of savepoints and exception blocks in the current transaction that have written to the catalog, such as those in
 * scripts of extensions and in event triggers. Also those that have written to new tables of extensions.
 */
export async function readCatalogChildXids(session: Session): Promise<string[]> {
  const rows = await session.query<{ oid: string }>(
    `SELECT c.oid::text AS oid FROM pg_class c
     WHERE c.oid = ANY ($1::regclass[])
       OR c.oid IN (SELECT d.objid FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND age(d.xmin) <= 0)`,
    [CATALOGS.map((name) => `pg_catalog.${name}`)],
  )
  return readChildXids(
    session,
    rows.map(({ oid }) => Number(oid)),
  )
}

/** The catalogs that show which objects are new, and which were altered. */
const CATALOGS = [
  'pg_depend',
  'pg_class',
  'pg_attribute',
  'pg_proc',
  'pg_namespace',
  'pg_extension',
  'pg_cast',
  'pg_language',
  'pg_publication',
  'pg_event_trigger',
]
