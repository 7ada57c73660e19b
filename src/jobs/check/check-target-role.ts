import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { Check } from './checklist.ts'

/** Warns of a superuser as the role of the target, with the statements for one that can do no more than a run takes. */
export async function checkTargetRole(session: Session, subject: string): Promise<Check[]> {
  const { isSuperuser, database, owners } = await session.queryOne<Facts>(FACTS_SQL)
  if (!isSuperuser) return []
  const [owner] = owners
  const role = identifier(owner ?? 'app_owner')
  const grants = [
    `GRANT CREATE ON DATABASE ${identifier(database)} TO ${role}`,
    ...(session.serverVersion < 150000 ? [] : [`GRANT SET ON PARAMETER session_replication_role TO ${role}`]),
    `GRANT pg_read_all_stats TO ${role}`,
  ]
  const whose =
    owners.length > 1
      ? 'Make one role the owner of all tables that are written, and use it'
      : 'Use the owner of the tables'
  return [
    {
      status: 'warning',
      subject,
      message:
        'The role of the target is a superuser: a run needs far less, and anyone with its URL controls the server',
      hint: `${whose} instead: ${grants.join('; ')}. Then make it the owner of the schemas mbsync, mbsync_landing and mbsync_undo and of what is in them, as docs/DEPLOYMENT.md shows.`,
    },
  ]
}

interface Facts extends Record<string, unknown> {
  readonly isSuperuser: boolean
  readonly database: string
  /** Those of the tables that are no superusers. */
  readonly owners: string[]
}

const FACTS_SQL = `
SELECT current_setting('is_superuser') = 'on' AS "isSuperuser", current_database() AS database, ARRAY(
  SELECT r.rolname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT r.rolsuper
  GROUP BY r.rolname ORDER BY count(*) DESC
) AS owners`
