import type { Session } from '../session.ts'
import { isTrustedRoleSql } from './trusted-role.ts'

/** The first version with privileges on settings. */
const SETTINGS_HAVE_PRIVILEGES = 150000

/**
 * Reads the owners of objects of the database that may already do whatever the current role could do for them while it only reads: to run their
 * code with the rights of the current role gives them nothing. That is so where one role owns all tables, and mbsync's role may only read them.
 * Roles that {@link isTrustedRoleSql} trusts are left out. Reads only catalogs.
 */
export async function readCoveringRoles(session: Session): Promise<string[]> {
  const rows = await session.query<{ name: string }>(coveringSql(session))
  return rows.map(({ name }) => name)
}

/**
 * `me` are the roles that code can take on within the session: that of the login, too, by RESET ROLE. A superuser may do anything, and a member of
 * pg_read_all_data reads the passwords' hashes in pg_authid: nobody covers these.
 */
function coveringSql(session: Session): string {
  const isTrusted = isTrustedRoleSql('o.oid', session)
  const canUse = (role: string) => `has_schema_privilege(${role}, x.relnamespace, 'USAGE')`
  const canSelect = (role: string) => `(${canUse(role)} AND has_table_privilege(${role}, x.oid, 'SELECT'))`
  const canCall = (role: string) =>
    `(has_schema_privilege(${role}, p.pronamespace, 'USAGE') AND has_function_privilege(${role}, p.oid, 'EXECUTE'))`
  const becomes = session.serverVersion >= 160000 ? ['USAGE', 'SET'] : ['MEMBER']
  const canBecome = (role: string, other: string) =>
    `(${becomes.map((way) => `pg_has_role(${role}, ${other}, '${way}')`).join(' OR ')})`
  const mySettings =
    session.serverVersion < SETTINGS_HAVE_PRIVILEGES
      ? ''
      : `UNION ALL
      SELECT FROM pg_parameter_acl s
      WHERE has_parameter_privilege(me.oid, s.parname, 'SET') AND NOT has_parameter_privilege(r.oid, s.parname, 'SET')`
  return `
SELECT r.rolname::text AS name
FROM (
  SELECT DISTINCT o.oid FROM (
    SELECT relowner FROM pg_class UNION ALL SELECT proowner FROM pg_proc UNION ALL SELECT nspowner FROM pg_namespace
    UNION ALL SELECT datdba FROM pg_database WHERE datname = current_database()
  ) AS o (oid)
) AS o
JOIN pg_roles r ON r.oid = o.oid
WHERE NOT ${isTrusted} AND NOT EXISTS (
  SELECT FROM pg_roles me
  CROSS JOIN LATERAL (
    SELECT WHERE me.rolsuper OR me.rolcreaterole AND NOT r.rolcreaterole OR me.rolcreatedb AND NOT r.rolcreatedb
      OR me.rolreplication AND NOT r.rolreplication
    UNION ALL
    SELECT FROM pg_roles other
    WHERE other.oid <> me.oid AND pg_has_role(me.oid, other.oid, 'MEMBER') AND NOT ${canBecome('r.oid', 'other.oid')}
    UNION ALL
    SELECT FROM pg_class x
    WHERE x.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT pg_has_role(r.oid, x.relowner, 'USAGE') AND (
      ${canSelect('me.oid')} AND NOT (${canSelect('r.oid')} AND (NOT x.relrowsecurity OR r.rolbypassrls))
      OR ${canUse('me.oid')} AND has_any_column_privilege(me.oid, x.oid, 'SELECT') AND NOT ${canSelect('r.oid')} AND EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = x.oid AND NOT a.attisdropped AND has_column_privilege(me.oid, x.oid, a.attnum, 'SELECT')
          AND NOT (${canUse('r.oid')} AND has_column_privilege(r.oid, x.oid, a.attnum, 'SELECT')
            AND (NOT x.relrowsecurity OR r.rolbypassrls))))
    UNION ALL
    SELECT FROM pg_proc p
    WHERE (p.prosecdef OR p.proacl IS NOT NULL) AND NOT pg_has_role(r.oid, p.proowner, 'USAGE')
      AND ${canCall('me.oid')} AND NOT ${canCall('r.oid')}
    UNION ALL
    SELECT FROM pg_largeobject_metadata l WHERE l.lomacl IS NOT NULL AND NOT pg_has_role(r.oid, l.lomowner, 'USAGE')
    UNION ALL
    SELECT FROM pg_foreign_server s
    WHERE has_server_privilege(me.oid, s.oid, 'USAGE') AND NOT has_server_privilege(r.oid, s.oid, 'USAGE')
    UNION ALL
    SELECT FROM pg_user_mappings u WHERE u.umuser = me.oid
    ${mySettings}
  ) AS gains
  WHERE me.rolname IN (current_user, session_user)
)
ORDER BY 1`
}
