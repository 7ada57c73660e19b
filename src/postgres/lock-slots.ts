import type { Session } from './session.ts'

/** How many locks the server promises to hold at once, for all sessions together; it often has room for about twice as many. */
export async function readLockSlots(session: Session): Promise<number> {
  const { slots } = await session.queryOne<{ slots: number }>(LOCK_SLOTS_SQL)
  return slots
}

const LOCK_SLOTS_SQL = `
SELECT pg_catalog.current_setting('max_locks_per_transaction')::float8 * (
  pg_catalog.current_setting('max_connections')::float8 + pg_catalog.current_setting('max_prepared_transactions')::float8
) AS slots`
