import type { Session } from './session.ts'

/** What a server says of the backend of another session: it works, it waits for its client or at COMMIT for a synchronous standby, or it is not there. */
export type BackendState = 'works' | 'waits' | 'awaits standby' | 'missing'

/** Asks the server what the backend of a session does. One that is younger than the session has only taken over its number. */
export async function askBackend(session: Session, { pid, ageMs }: Session): Promise<BackendState> {
  const [backend] = await session.query<{ state: BackendState }>(
    `SELECT CASE WHEN a.wait_event = 'SyncRep' THEN 'awaits standby'
       WHEN a.wait_event IN ('ClientRead', 'ClientWrite') OR a.state LIKE 'idle%' THEN 'waits' ELSE 'works' END AS state
     FROM pg_catalog.pg_stat_activity AS a WHERE ${IS_BACKEND}`,
    [pid, Math.floor(ageMs)],
  )
  return backend?.state ?? 'missing'
}

/**
 * Ends that backend: one that writes to a client who does not read cannot be cancelled. One that waits at COMMIT for a synchronous standby is left
 * to it, as it would commit without.
 */
export async function endBackend(session: Session, { pid, ageMs }: Session): Promise<void> {
  await session.query(
    `SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity AS a WHERE ${IS_BACKEND}
       AND a.wait_event IS DISTINCT FROM 'SyncRep'`,
    [pid, Math.floor(ageMs)],
  )
}

const IS_BACKEND = `a.pid = $1::int4 AND a.backend_start < pg_catalog.now() - $2::float8 * interval '1 ms'`
