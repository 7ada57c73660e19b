import { literal } from '../identifiers.ts'

/** What a session knows of the roles of its server. */
export interface RoleTrust {
  /** `server_version_num`, such as 180004. */
  readonly serverVersion: number
  /** The roles that the configuration trusts; undefined if it says nothing about it. */
  readonly trustedRoles: readonly string[] | undefined
}

/**
 * SQL that is true for a role (`roleOid`, an expression of type oid) whose code may run with the rights of the current one: the current
 * role itself, the roles that the configuration trusts, and every role that could become one of them anyway, superusers included.
 */
export function isTrustedRoleSql(roleOid: string, { serverVersion, trustedRoles = [] }: RoleTrust): string {
  // Since PostgreSQL 16 a membership may allow neither the use of the role nor SET ROLE.
  const ways = serverVersion >= 160000 ? ['USAGE', 'SET'] : ['MEMBER']
  const own = '(SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)'
  // A role that does not exist gives NULL, and so no trust.
  const others = trustedRoles.map(
    (role) => `(SELECT oid FROM pg_catalog.pg_roles WHERE rolname = ${literal(role)})`,
  )
  const tests = [own, ...others].flatMap((trusted) =>
    ways.map((way) => `pg_catalog.pg_has_role(${roleOid}, ${trusted}, '${way}')`),
  )
  return trustedRoles.length === 0 ? `(${tests.join(' OR ')})` : `coalesce(${tests.join(' OR ')}, false)`
}
