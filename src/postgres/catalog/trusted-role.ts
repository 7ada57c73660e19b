import { literal } from '../identifiers.ts'

/** What a session knows of the roles of its server. */
export interface RoleTrust {
  /** `server_version_num`, such as 180004. */
  readonly serverVersion: number
  /** The roles that the configuration trusts; undefined if it says nothing about it. */
  readonly trustedRoles: readonly string[] | undefined
}

/**
 * SQL that is true for a role (`roleOid`, an expression of type oid) whose code may run with the rights of another (`executor`, its name as SQL, by
 * default the current role): that role itself, the roles that the configuration trusts, and every role that could become one of them anyway, superusers included.
 */
export function isTrustedRoleSql(
  roleOid: string,
  { serverVersion, trustedRoles = [] }: RoleTrust,
  executor = 'current_user',
): string {
  // Since PostgreSQL 16 a membership may allow neither the use of the role nor SET ROLE.
  const ways = serverVersion >= 160000 ? ['USAGE', 'SET'] : ['MEMBER']
  // A role that does not exist gives NULL, and so no trust; the current one exists, and needs no looking up, which takes longer to plan than all else.
  const oidOf = (role: string) =>
    role === 'current_user'
      ? role
      : `(SELECT oid FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) ${role})`
  const others = trustedRoles.map((role) => `${literal(role)}::pg_catalog.name`)
  const tests = [executor, ...others].flatMap((trusted) =>
    ways.map((way) => `pg_catalog.pg_has_role(${roleOid}, ${oidOf(trusted)}, '${way}')`),
  )
  return trustedRoles.length === 0 ? `(${tests.join(' OR ')})` : `coalesce(${tests.join(' OR ')}, false)`
}
