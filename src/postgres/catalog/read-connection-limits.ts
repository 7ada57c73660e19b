import { settledInOrder } from '../../core/settled-in-order.ts'
import type { Session } from '../session.ts'

/** A limit on connections: its size, how many it leaves, and what it is called. */
export interface ConnectionLimit extends Record<string, unknown> {
  readonly free: number
  readonly size: number
  readonly name: string
}

/** Reads what each limit leaves to the role. This session counts as one of those that are needed. */
export async function readConnectionLimits(session: Session): Promise<ConnectionLimit[]> {
  const [, limits] = await settledInOrder([
    // Within a transaction, the server shows all sessions as they were when it was first asked for them.
    session.execute('SELECT pg_stat_clear_snapshot()'),
    session.query<ConnectionLimit>(LIMITS_SQL),
  ])
  return limits
}

const LIMITS_SQL = `
WITH used AS (
  SELECT count(*)::int AS by_all, count(*) FILTER (WHERE usename = current_user)::int AS by_role,
    count(*) FILTER (WHERE datname = current_database())::int AS in_database
  FROM pg_stat_activity
  WHERE backend_type = 'client backend' OR backend_type IS NULL
)
SELECT 1 + l.size - l.used AS free, l.size, l.name
FROM used, pg_roles r, pg_database d, LATERAL (VALUES
  (current_setting('max_connections')::int - CASE WHEN rolsuper THEN 0 ELSE
      current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true)::int, 0) END,
    by_all, 'max_connections = ' || current_setting('max_connections')),
  (CASE WHEN rolconnlimit >= 0 AND NOT rolsuper THEN rolconnlimit END,
    by_role, 'the CONNECTION LIMIT of role ' || quote_ident(rolname) || ', ' || rolconnlimit || ','),
  (CASE WHEN datconnlimit >= 0 AND NOT rolsuper THEN datconnlimit END,
    in_database, 'the CONNECTION LIMIT of the database, ' || datconnlimit || ',')
) AS l (size, used, name)
WHERE rolname = current_user AND datname = current_database() AND l.size IS NOT NULL`
