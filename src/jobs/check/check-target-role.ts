import { readTargetRole } from '../../postgres/catalog/read-target-role.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { Check } from './checklist.ts'

/** Warns of a superuser as the role of the target, with the statements for one that can do no more than a run takes. */
export async function checkTargetRole(session: Session, subject: string): Promise<Check[]> {
  const { isSuperuser, database, owners } = await readTargetRole(session)
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
        'The role of the target is a superuser: a run needs much less, and anyone with its URL controls the server',
      hint: `${whose} instead: ${grants.join('; ')}. Then make it the owner of the schemas mbsync, mbsync_landing and mbsync_undo and of what is in them, as docs/DEPLOYMENT.md shows.`,
    },
  ]
}
