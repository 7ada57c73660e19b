import type { Session } from '../postgres/session.ts'
import type { Check } from './checklist.ts'

/** Whether the server has room for the connections of a run, as far as the role may know. */
export async function checkConnections(session: Session, subject: string, needed: number): Promise<Check> {
  const { free } = await session.queryOne<{ free: number }>(FREE_CONNECTIONS_SQL)
  if (free >= needed)
    return { status: 'ok', subject, message: `Has room for the ${needed} connections of a run` }
  return {
    status: 'warning',
    subject,
    message: `A run needs ${needed} connections, and ${free} more are free at the moment`,
    hint: 'Lower `jobs` of the profile, or raise max_connections or the limit of the role or database.',
  }
}

/** This session counts as one of those that are needed. */
const FREE_CONNECTIONS_SQL = `
WITH used AS (
  SELECT count(*)::int AS by_all, count(*) FILTER (WHERE usename = current_user)::int AS by_role,
    count(*) FILTER (WHERE datname = current_database())::int AS in_database
  FROM pg_stat_activity
  WHERE backend_type = 'client backend' OR backend_type IS NULL
)
SELECT 1 + least(
  current_setting('max_connections')::int - by_all
    - CASE WHEN rolsuper THEN 0 ELSE current_setting('superuser_reserved_connections')::int END,
  CASE WHEN rolconnlimit >= 0 AND NOT rolsuper THEN rolconnlimit - by_role END,
  CASE WHEN datconnlimit >= 0 AND NOT rolsuper THEN datconnlimit - in_database END
) AS free
FROM used, pg_roles, pg_database
WHERE rolname = current_user AND datname = current_database()`
