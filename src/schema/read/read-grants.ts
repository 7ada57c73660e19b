import { groupBy } from '../../core/group-by.ts'
import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { type Privileges, writeGrants } from '../write-grants.ts'
import { quotedName } from './name-sql.ts'

/** The privileges on one catalog row, or on one column. */
export interface ReadPrivileges extends Privileges {
  readonly id: ObjectId
  /** The kind in GRANT. */
  readonly target: string
  /** The extension that has created it, with its own privileges. */
  readonly extensionId: string | undefined
}

/** Reads all privileges that differ from the initial ones. */
export async function readGrants(
  session: Session,
  of: keyof typeof ROWS = 'users',
): Promise<ReadPrivileges[]> {
  const rows = await session.query<PrivilegeRow>(privilegesSql(ROWS[of]))
  const groups = groupBy(rows, ({ id, column }) => JSON.stringify([id, column]))
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { id, column, target, extensionId, all } = first
    const privileges = {
      id,
      target,
      extensionId: extensionId ?? undefined,
      column: column ?? undefined,
      all,
      given: group.filter(({ isBefore }) => !isBefore),
      before: group.filter(({ isBefore }) => isBefore),
    }
    return writeGrants(privileges, '').length === 0 ? [] : [privileges]
  })
}

interface PrivilegeRow extends Record<string, unknown> {
  readonly id: string
  readonly column: string | null
  readonly target: string
  readonly extensionId: string | null
  readonly all: readonly string[]
  readonly isBefore: boolean
  /** Null for PUBLIC. */
  readonly role: string | null
  readonly privilege: string
  readonly isGrantable: boolean
  readonly grantor: string | null
}

/** Created by users, or part of the server. */
const ROWS = {
  users: `r.oid >= 16384 OR ${isPublicSql('r')}`,
  server: `r.oid < 16384 AND NOT ${isPublicSql('r')} AND r.namespace IS DISTINCT FROM 'information_schema'::regnamespace`,
}

/** The schema that every database has. */
function isPublicSql(row: string): string {
  return `(${row}.class = 'pg_namespace'::regclass AND ${row}.oid = to_regnamespace('public'))`
}

/**
 * Before any GRANT, a catalog row has the initial privileges of its kind, or those that its extension has granted. This includes a schema
 * that was created for an extension. Its own privileges follow those of the extension, which would otherwise record what it finds as its
 * own. The schema `public` of a new database has different privileges in different versions; those of 15 and later count. Names are written
 * only for the rows that remain at the end, because those of thousands of functions take longest.
 */
function privilegesSql(which: string): string {
  return `
WITH rows (class, oid, number, kind, owner, acl, "column", word, namespace) AS (
  SELECT 'pg_class'::regclass, c.oid, 0, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END, c.relowner, c.relacl, NULL::name,
    CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END, c.relnamespace
  FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')
  UNION ALL
  SELECT 'pg_class'::regclass, c.oid, a.attnum, 'c', c.relowner, a.attacl, a.attname, 'TABLE ', c.relnamespace
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
  UNION ALL
  SELECT 'pg_namespace'::regclass, oid, 0, 'n', nspowner, coalesce(nspacl, CASE WHEN nspname = 'public' THEN acldefault('n', nspowner) END),
    NULL, 'SCHEMA ', oid FROM pg_namespace
  UNION ALL
  SELECT 'pg_proc'::regclass, oid, 0, 'f', proowner, proacl, NULL, CASE prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END, pronamespace
  FROM pg_proc
  UNION ALL
  SELECT 'pg_type'::regclass, oid, 0, 'T', typowner, typacl, NULL, 'TYPE ', typnamespace FROM pg_type WHERE typelem = 0 OR typsubscript = 0
  UNION ALL
  SELECT 'pg_language'::regclass, oid, 0, 'l', lanowner, lanacl, NULL, 'LANGUAGE ', NULL FROM pg_language
  UNION ALL
  SELECT 'pg_foreign_data_wrapper'::regclass, oid, 0, 'F', fdwowner, fdwacl, NULL, 'FOREIGN DATA WRAPPER ', NULL
  FROM pg_foreign_data_wrapper
), changed AS (
  SELECT r.class || ':' || r.oid AS id, r."column", r.kind, r.owner, coalesce(r.acl, acldefault(r.kind::"char", r.owner)) AS given,
    r.word || CASE r.kind WHEN 'n' THEN (SELECT ${quotedName('nspname')} FROM pg_namespace WHERE oid = r.oid) WHEN 'f' THEN r.oid::regprocedure::text WHEN 'T' THEN r.oid::regtype::text
      WHEN 'l' THEN (SELECT quote_ident(lanname) FROM pg_language WHERE oid = r.oid)
      WHEN 'F' THEN (SELECT quote_ident(fdwname) FROM pg_foreign_data_wrapper WHERE oid = r.oid)
      ELSE r.oid::regclass::text END AS target,
    CASE WHEN ${isPublicSql('r')} THEN acldefault('n', r.owner) || makeaclitem(0, r.owner, 'USAGE', false) ELSE coalesce(i.initprivs, acldefault(r.kind::"char", r.owner)) END AS before,
    'pg_extension:' || coalesce(d.refobjid, CASE WHEN r.kind = 'n' AND i.privtype = 'e'
      THEN (SELECT min(e.oid) FROM pg_extension e WHERE e.extnamespace = r.oid) END) AS "extensionId"
  FROM rows r
  LEFT JOIN pg_init_privs i ON i.classoid = r.class AND i.objoid = r.oid AND i.objsubid = r.number
  LEFT JOIN pg_depend d ON d.classid = r.class AND d.objid = r.oid AND d.deptype = 'e'
  WHERE (${which}) AND (r.acl IS NOT NULL OR i.initprivs IS NOT NULL)
)
SELECT c.id, c."column", c.target, c."extensionId",
  ARRAY(SELECT privilege_type FROM aclexplode(acldefault(c.kind::"char", c.owner)) WHERE grantee = c.owner ORDER BY 1) AS all,
  e."isBefore", a.rolname AS role, e.privilege_type AS privilege, bool_or(e.is_grantable) AS "isGrantable",
  CASE WHEN NOT e."isBefore" AND e.grantor <> c.owner THEN g.rolname END AS grantor
FROM changed c
CROSS JOIN LATERAL (
  SELECT false AS "isBefore", * FROM aclexplode(c.given)
  UNION ALL
  SELECT true, * FROM aclexplode(c.before)
) AS e
LEFT JOIN pg_roles a ON a.oid = e.grantee
LEFT JOIN pg_roles g ON g.oid = e.grantor
WHERE c.given IS DISTINCT FROM c.before AND (e.grantee = 0 OR a.oid IS NOT NULL)
GROUP BY c.id, c."column", c.target, c."extensionId", c.kind, c.owner, e."isBefore", a.rolname, e.privilege_type, e.grantor, g.rolname
ORDER BY c.id, c."column" NULLS FIRST, a.rolname NULLS FIRST, e.privilege_type, g.rolname`
}
