import type { Session } from '../session.ts'

/** Whether the current role of a session is a superuser. */
export async function isSuperuser(session: Session): Promise<boolean> {
  const { is } = await session.queryOne<{ is: boolean }>(
    'SELECT rolsuper AS is FROM pg_roles WHERE rolname = current_user',
  )
  return is
}
