/**
 * SQL that is true for a role (`roleOid`, an expression of type oid) whose code may run with the rights of another (`executorOid`, by default the
 * current one): that role itself, and every role that could become it anyway, superusers included.
 */
export function isTrustedRoleSql(
  roleOid: string,
  serverVersion: number,
  executorOid = '(SELECT oid FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user)',
): string {
  // Since PostgreSQL 16 a membership may allow neither the use of the role nor SET ROLE.
  const ways = serverVersion >= 160000 ? ['USAGE', 'SET'] : ['MEMBER']
  const tests = ways.map((way) => `pg_catalog.pg_has_role(${roleOid}, ${executorOid}, '${way}')`)
  return `(${tests.join(' OR ')})`
}
