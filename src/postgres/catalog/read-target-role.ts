import type { Session } from '../session.ts'

/** The role of a session, and whose the tables are. */
export interface TargetRole extends Record<string, unknown> {
  readonly isSuperuser: boolean
  readonly database: string
  /** Those of the tables that are no superusers. */
  readonly owners: string[]
}

/** Reads whether the current role is a superuser, and which other roles own tables. */
export async function readTargetRole(session: Session): Promise<TargetRole> {
  return session.queryOne<TargetRole>(FACTS_SQL)
}

const FACTS_SQL = `
SELECT current_setting('is_superuser') = 'on' AS "isSuperuser", current_database() AS database, ARRAY(
  SELECT r.rolname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT r.rolsuper
  GROUP BY r.rolname ORDER BY count(*) DESC
) AS owners`
