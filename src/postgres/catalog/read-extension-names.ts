import type { Session } from '../session.ts'

/**
 * The extension of everything that types and definitions of tables may name: by the schema-qualified name, as PostgreSQL writes it in types and
 * expressions. An operator has its schema in front (`public.->`).
 */
export type ExtensionNames = ReadonlyMap<string, string>

/** Reads the names of all types of extensions, and of the functions and operators of theirs that the definitions of some relations use. */
export async function readExtensionNames(
  session: Session,
  relationOids: readonly number[],
): Promise<ExtensionNames> {
  const rows = await session.query<{ name: string; extension: string }>(EXTENSION_NAMES_SQL, [relationOids])
  return new Map(rows.map(({ name, extension }) => [name, extension]))
}

const EXTENSION_NAMES_SQL = `
WITH definition (classid, objid) AS (
  SELECT 'pg_attrdef'::regclass::oid, d.oid FROM pg_attrdef d WHERE d.adrelid = ANY ($1::oid[])
  UNION ALL SELECT 'pg_constraint'::regclass, c.oid FROM pg_constraint c WHERE c.conrelid = ANY ($1::oid[]) OR c.contypid <> 0
  UNION ALL SELECT 'pg_class'::regclass, i.indexrelid FROM pg_index i WHERE i.indrelid = ANY ($1::oid[])
), named (classid, objid) AS (
  SELECT d.refclassid, d.refobjid FROM definition JOIN pg_depend d USING (classid, objid)
  WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
  UNION SELECT 'pg_type'::regclass, t.oid FROM pg_type t WHERE t.typelem = 0 OR t.typlen <> -1 OR t.typcategory <> 'A'
)
SELECT DISTINCT coalesce(
    format_type(t.oid, NULL),
    quote_ident(n.nspname) || '.' || coalesce(quote_ident(p.proname), o.oprname)) AS name,
  e.extname AS extension
FROM named
JOIN pg_depend d ON d.classid = named.classid AND d.objid = named.objid AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
JOIN pg_extension e ON e.oid = d.refobjid
LEFT JOIN pg_type t ON named.classid = 'pg_type'::regclass AND t.oid = named.objid
LEFT JOIN pg_proc p ON named.classid = 'pg_proc'::regclass AND p.oid = named.objid
LEFT JOIN pg_operator o ON named.classid = 'pg_operator'::regclass AND o.oid = named.objid
JOIN pg_namespace n ON n.oid = coalesce(t.typnamespace, p.pronamespace, o.oprnamespace)
WHERE n.nspname <> 'pg_catalog'
ORDER BY 1`
