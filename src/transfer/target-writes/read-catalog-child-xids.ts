import type { Session } from '../../postgres/session.ts'
import { readChildXids } from './read-child-xids.ts'

/**
 * The transaction ids of the savepoints and exception blocks of the transaction under way that have written to the catalog: those of scripts of extensions, and of
 * event triggers. Also those that have written to new tables of extensions.
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

/** The catalogs that say which objects are new, and which were altered. */
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
