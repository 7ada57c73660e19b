import type { Session } from '../../postgres/session.ts'
import { readChildXids } from './read-child-xids.ts'

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
