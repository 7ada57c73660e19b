import { identifier } from '../identifiers.ts'
import type { Session } from '../session.ts'

/** Whether the role may protect the database by its own setting. */
export async function readProtectionRights(
  session: Session,
): Promise<{ readonly maySet: boolean; readonly isSuperuser: boolean }> {
  return session.queryOne<{ maySet: boolean; isSuperuser: boolean }>(MAY_SET_SQL)
}

/** The statement that protects a database from every mbsync, whatever its configuration says. */
export function protectionSql(database: string): string {
  return `ALTER DATABASE ${identifier(database)} SET mbsync.protected = 'on'`
}

/** Protects the database. */
export async function protect(session: Session, database: string): Promise<void> {
  await session.execute(protectionSql(database))
}

/** The owner may set it if PostgreSQL lets owners set parameters that it does not know; superusers always may. */
const MAY_SET_SQL = `
SELECT r.rolsuper OR pg_catalog.pg_has_role(d.datdba, 'USAGE') AS "maySet", r.rolsuper AS "isSuperuser"
FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
WHERE r.rolname = current_user AND d.datname = current_database()`
