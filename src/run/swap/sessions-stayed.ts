import { FailedError } from '../../core/errors.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { OtherSession } from './end-sessions.ts'

/** Sessions did not end in time, so no database was renamed. */
export class SessionsStayedError extends FailedError {}

/** The owners of the sessions that prevent a switch, and what can be done about them. */
export async function describeSessions(
  looking: Session,
  others: readonly OtherSession[],
): Promise<{ readonly whose: string; readonly hint: string }> {
  const foreign = others.filter(({ mayEnd }) => !mayEnd)
  const roles = [...new Set((foreign.length > 0 ? foreign : others).map(({ role }) => role ?? 'the server'))]
  const { role } = await looking.queryOne<{ role: string }>('SELECT current_user::text AS role')
  return {
    whose: roles.length === 0 ? '' : `, of ${roles.map((name) => `"${name}"`).join(', ')}`,
    hint:
      foreign.length > 0
        ? `End them, or let mbsync do it: GRANT pg_signal_backend TO ${identifier(role)}. Only superusers can end sessions of superusers.`
        : 'Check pg_stat_activity and pg_prepared_xacts, or raise `timeouts.switch`.',
  }
}
