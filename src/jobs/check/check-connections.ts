import { MbsyncError } from '../../core/errors.ts'
import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import type { Check } from './checklist.ts'

/** Sessions of a run besides those of its `jobs`: one that coordinates, and one that looks at the catalog or tells of progress. */
const OTHER_SESSIONS = 2

/** Whether a run can have its connections: opens as many as it will, unless limits that can be read show that it must fail. */
export async function checkConnections(
  database: Database,
  session: Session,
  subject: string,
  jobs: number,
): Promise<Check> {
  const needed = jobs + OTHER_SESSIONS
  const limits = await session.query<{ free: number; size: number; name: string }>(LIMITS_SQL)
  const [tightest] = limits.sort((a, b) => a.free - b.free)
  if (tightest !== undefined && tightest.free < needed)
    return {
      // Other clients may be fewer when the run comes.
      ...tooFew(subject, needed, tightest.free, `${tightest.name} leaves ${tightest.free} at the moment`),
      status: tightest.size < needed ? 'failure' : 'warning',
    }
  const { opened, problem } = await openAll(database, needed - 1)
  if (problem === undefined)
    return { status: 'ok', subject, message: `Opened the ${needed} connections of a run` }
  const reason = problem.message.replace(`${subject}: `, '')
  return tooFew(subject, needed, opened + 1, `only ${opened + 1} could be opened (${reason})`)
}

function tooFew(subject: string, needed: number, free: number, what: string): Check {
  const fitting = free - OTHER_SESSIONS
  if (fitting < 1)
    return {
      status: 'failure',
      subject,
      message: `A run needs ${OTHER_SESSIONS + 1} connections even with \`jobs: 1\`, and ${what}`,
      hint: 'Raise max_connections, the limit of the role or database, or the size of the pool.',
    }
  return {
    status: 'failure',
    subject,
    message: `A run needs ${needed} connections, and ${what}`,
    hint: `Lower \`jobs\` to ${fitting}, or raise max_connections, the limit of the role or database, or the size of the pool.`,
  }
}

/** All at once, as a pooler lets each wait for its turn; those that were opened are given back. */
async function openAll(
  database: Database,
  count: number,
): Promise<{ readonly opened: number; readonly problem: MbsyncError | undefined }> {
  const outcomes = await Promise.allSettled(Array.from({ length: count }, () => database.session()))
  const sessions = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
  for (const session of sessions) database.giveBack(session)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined && !(failed.reason instanceof MbsyncError)) throw failed.reason
  return { opened: sessions.length, problem: failed?.reason }
}

/** What each limit leaves to the role. This session counts as one of those that are needed. */
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
