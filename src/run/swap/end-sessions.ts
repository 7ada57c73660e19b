import type { Session } from '../../postgres/session.ts'

/** A session that prevents a rename. */
export interface OtherSession {
  readonly pid: number
  /** The OID of its database. */
  readonly database: number
  /** Null for a process of the server itself. */
  readonly role: string | null
  /** Whether this role may end it. */
  readonly mayEnd: boolean
}

/** The sessions in these databases, except some. */
export async function listSessions(
  session: Session,
  oids: readonly number[],
  but: readonly number[],
): Promise<OtherSession[]> {
  return session.query<OtherSession & Record<string, unknown>>(
    `${SESSIONS_SQL}
WHERE a.datid = ANY ($1::oid[]) AND a.pid <> ALL ($2::int[]) AND a.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL ORDER BY a.pid`,
    [oids, but],
  )
}

/** Ends the sessions in these databases that the role may end, and returns all that were there. */
export async function endSessions(
  session: Session,
  oids: readonly number[],
  but: readonly number[],
): Promise<OtherSession[]> {
  const others = await listSessions(session, oids, but)
  await endSessionsOf(session, others)
  return others
}

/** Ends those of the sessions that the role may end. */
export async function endSessionsOf(session: Session, others: readonly OtherSession[]): Promise<void> {
  for (const { pid, database, mayEnd } of others) {
    // The session may have ended meanwhile, and its process id may belong to one of another role.
    if (mayEnd)
      await session
        .query(
          'SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a WHERE a.pid = $1 AND a.datid = $2::oid',
          [pid, database],
        )
        .catch(() => undefined)
  }
}

/** The sessions that block another one. */
export async function listBlockers(session: Session, waiting: number): Promise<OtherSession[]> {
  return session.query<OtherSession & Record<string, unknown>>(
    `${SESSIONS_SQL}
WHERE a.pid = ANY (pg_blocking_pids($1::int)) AND a.datid IS NOT NULL AND a.usesysid IS NOT NULL ORDER BY a.pid`,
    [waiting],
  )
}

/** Processes of the server itself (autovacuum) give way to a rename. */
const SESSIONS_SQL = `
SELECT a.pid, a.datid::int8::float8 AS database, a.usename::text AS role,
  coalesce(me.rolsuper OR NOT r.rolsuper AND (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')), false) AS "mayEnd"
FROM pg_stat_activity a
JOIN pg_roles me ON me.rolname = current_user
LEFT JOIN pg_roles r ON r.oid = a.usesysid`
