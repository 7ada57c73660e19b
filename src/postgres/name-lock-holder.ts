import { displayName } from '../core/table-name.ts'
import { DatabaseError, LOCK_NOT_AVAILABLE } from './explain-error.ts'
import type { Session } from './session.ts'

interface Holder extends Record<string, unknown> {
  readonly schema: string
  readonly name: string
  readonly pid: number
  readonly role: string | null
  readonly isIdle: boolean
}

/** Every read of a catalog waits for these. */
const STRONGEST = ['AccessExclusiveLock']
/** A merge waits for these, too. */
const WRITING = [
  ...STRONGEST,
  ...['ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock', 'ShareUpdateExclusiveLock', 'RowExclusiveLock'],
]

/**
 * The error of a lock that was not to be had, with the oldest session that still holds one on any of these relations; without them, one that
 * keeps everybody from any table. Whatever else it is stays as it is.
 * @param session one without a transaction
 */
export async function nameLockHolder(
  session: Session,
  error: unknown,
  oids?: readonly number[],
): Promise<unknown> {
  if (!(error instanceof DatabaseError) || error.sqlState !== LOCK_NOT_AVAILABLE || !session.isOpen)
    return error
  // That of the source is held there, and one that is named already is the one.
  if (!error.message.startsWith(`${session.database}: `) || error.message.includes(HOLDS)) return error
  try {
    const modes = oids === undefined ? STRONGEST : WRITING
    const [holder] = await session.query<Holder>(HOLDER_SQL, [modes, oids ?? null])
    return holder === undefined ? error : withHolder(error, holder)
  } catch {
    // What was to be explained matters more.
    return error
  }
}

const HOLDS = 'holds a lock on'

function withHolder(error: DatabaseError, { schema, name, pid, role, isIdle }: Holder): DatabaseError {
  const { message, hint, sqlState } = error
  const who = `backend ${pid}${role === null ? '' : ` of role ${role}`}`
  const does = isIdle ? ', idle in a transaction,' : ''
  return new DatabaseError(`${message}; ${who}${does} ${HOLDS} ${displayName({ schema, name })}`, {
    cause: error,
    sqlState,
    ...(hint === undefined ? {} : { hint }),
  })
}

/** Sessions of mbsync have its name: what they held is given back by now. */
const HOLDER_SQL = `
SELECT n.nspname::text AS schema, c.relname::text AS name, l.pid AS pid, a.usename::text AS role,
  coalesce(a.state LIKE 'idle in transaction%', false) AS "isIdle"
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.granted AND l.locktype = 'relation' AND l.mode = ANY ($1::text[]) AND c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|mbsync)'
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND ($2::oid[] IS NULL OR c.oid = ANY ($2::oid[]))
  AND l.pid <> pg_backend_pid() AND a.application_name <> current_setting('application_name')
ORDER BY a.xact_start NULLS LAST, 1, 2 LIMIT 1`
