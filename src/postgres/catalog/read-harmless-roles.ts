import type { Session } from '../session.ts'
import { isTrustedRoleSql } from './trusted-role.ts'

/** The first version with privileges on settings. */
const SETTINGS_HAVE_PRIVILEGES = 150000

/**
 * Reads the owners of objects of the database whose code may run with the rights of the current role, although {@link isTrustedRoleSql} does not trust
 * them: every role that can log in and act as such an owner is trusted, or may already do whatever the current role could do for it while it only reads. The
 * usual ones are the only owner of all tables, for a role that may only read these, and an owner that no other role can act as. Reads only catalogs.
 */
export async function readHarmlessRoles(session: Session): Promise<string[]> {
  const rows = await session.query<{ name: string }>(harmlessSql(session))
  return rows.map(({ name }) => name)
}

function harmlessSql(session: Session): string {
  return `
SELECT o.rolname::text AS name
FROM pg_roles o
WHERE o.oid IN (
    SELECT relowner FROM pg_class UNION ALL SELECT proowner FROM pg_proc UNION ALL SELECT nspowner FROM pg_namespace
    UNION ALL SELECT datdba FROM pg_database WHERE datname = current_database()
  )
  AND NOT ${isTrustedRoleSql('o.oid', session)}
  AND NOT EXISTS (
    SELECT FROM pg_roles r
    WHERE r.rolcanlogin AND pg_has_role(r.oid, o.oid, 'MEMBER') AND NOT ${isTrustedRoleSql('r.oid', session)}
      AND EXISTS (SELECT FROM pg_roles me CROSS JOIN LATERAL (${gainsSql(session)}) AS gains
        WHERE me.rolname IN (current_user, session_user))
  )
ORDER BY 1`
}

/**
 * A row for each thing that `me` may do while it only reads, and `r` may not. `me` are the roles that code can take on within the session: that of the
 * login, too, by RESET ROLE. A superuser may do anything, and a member of pg_read_all_data reads the hashes of passwords: no owner may do as much.
 */
function gainsSql({ serverVersion }: Session): string {
  const canUse = (role: string) => `has_schema_privilege(${role}, x.relnamespace, 'USAGE')`
  const canSelect = (role: string) => `(${canUse(role)} AND has_table_privilege(${role}, x.oid, 'SELECT'))`
  const canCall = (role: string) =>
    `(has_schema_privilege(${role}, p.pronamespace, 'USAGE') AND has_function_privilege(${role}, p.oid, 'EXECUTE'))`
  const becomes = serverVersion >= 160000 ? ['USAGE', 'SET'] : ['MEMBER']
  const canBecome = becomes.map((way) => `pg_has_role(r.oid, other.oid, '${way}')`).join(' OR ')
  const settings =
    serverVersion < SETTINGS_HAVE_PRIVILEGES
      ? ''
      : `
    UNION ALL
    SELECT FROM pg_parameter_acl s
    WHERE has_parameter_privilege(me.oid, s.parname, 'SET') AND NOT has_parameter_privilege(r.oid, s.parname, 'SET')`
  return `
    SELECT WHERE me.rolsuper OR me.rolcreaterole AND NOT r.rolcreaterole OR me.rolcreatedb AND NOT r.rolcreatedb
      OR me.rolreplication AND NOT r.rolreplication
    UNION ALL
    SELECT FROM pg_roles other
    WHERE other.oid <> me.oid AND pg_has_role(me.oid, other.oid, 'MEMBER') AND NOT (${canBecome})
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
    SELECT FROM pg_user_mappings u WHERE u.umuser = me.oid${settings}`
}
