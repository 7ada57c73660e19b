import type { Session } from '../postgres/session.ts'
import type { MergeMode } from './inspection.ts'

/**
 * Finds out which way of merging the role can take. Asking for the setting is the only reliable test: managed services
 * grant it in ways of their own.
 */
export async function probeMergeMode(session: Session): Promise<MergeMode> {
  try {
    await session.transaction('BEGIN READ ONLY', () =>
      session.execute('SET LOCAL session_replication_role = replica'),
    )
    return 'replica role'
  } catch (error) {
    if (isPrivilegeError(error)) return 'owner'
    throw error
  }
}

function isPrivilegeError(error: unknown): boolean {
  return error instanceof Error && 'sqlState' in error && error.sqlState === '42501'
}
