import { RefusedError } from '../../core/errors.ts'
import type { Session } from '../../postgres/session.ts'
import type { MergeMode } from './inspection.ts'

/**
 * Finds out which merge mode the role can use. Setting the parameter is the only reliable test, because managed services grant it in
 * different ways.
 */
export async function probeMergeMode(session: Session): Promise<MergeMode> {
  try {
    // Several statements in one message are one transaction.
    await session.execute('SET LOCAL session_replication_role = replica; SELECT')
    return 'replica role'
  } catch (error) {
    if (!isPrivilegeError(error)) throw error
    await refuseForeignRole(session)
    return 'owner'
  }
}

/** If a default makes the session a replica, and the role may not change that, foreign keys would not be checked. */
async function refuseForeignRole(session: Session): Promise<void> {
  const { role } = await session.queryOne<{ role: string }>(
    `SELECT current_setting('session_replication_role') AS role`,
  )
  if (role === 'origin') return
  throw new RefusedError(
    `${session.database}: the role's sessions begin with session_replication_role = ${role}, and it may not change that`,
    {
      hint: 'A superuser can ALTER ROLE … RESET session_replication_role (or ALTER DATABASE …), or GRANT SET ON PARAMETER session_replication_role TO the role.',
    },
  )
}

function isPrivilegeError(error: unknown): boolean {
  return error instanceof Error && 'sqlState' in error && error.sqlState === '42501'
}
