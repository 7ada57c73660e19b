import { FailedError, MbsyncError } from '../../core/errors.ts'
import type { Database } from '../../postgres/database.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { DatabaseName } from '../../state/swaps.ts'
import { endSessions, listSessions } from './end-sessions.ts'
import { describeSessions } from './sessions-stayed.ts'

/**
 * Drops a database and ends its sessions, if it still has this name and this OID.
 * @throws FailedError if sessions cannot be ended
 */
export async function dropDatabase(session: Session, { oid, name }: DatabaseName): Promise<void> {
  const [found] = await session.query<Record<string, unknown>>(
    'SELECT FROM pg_database WHERE datname = $1 AND oid::int8 = $2',
    [name, oid],
  )
  if (found === undefined) return
  const others = await endSessions(session, [oid], [])
  try {
    await drop(
      session,
      name,
      others.every(({ mayEnd }) => mayEnd),
    )
  } catch (error) {
    const left = await listSessions(session, [oid], []).catch(() => [])
    if (left.length === 0) throw error
    const { whose, hint } = await describeSessions(session, left)
    throw new FailedError(`its sessions did not end${whose}`, { cause: error, hint })
  }
}

const INSUFFICIENT_PRIVILEGE = '42501'

/**
 * With FORCE, the server ends sessions that have come meanwhile, once no other can come. Without it, it waits a few seconds for those that the role may
 * not end. FORCE takes a process of autovacuum for one of these, and fails at once; without it, autovacuum gives way.
 */
async function drop(session: Session, name: string, isForced: boolean): Promise<void> {
  const sql = `DROP DATABASE ${identifier(name)}`
  if (!isForced) return void (await session.execute(sql))
  await session.execute(`${sql} WITH (FORCE)`).catch(async (error: unknown) => {
    if (!(error instanceof DatabaseError && error.sqlState === INSUFFICIENT_PRIVILEGE)) throw error
    await session.execute(sql)
  })
}

/** Drops databases one by one, and returns why some of them could not be dropped, with what to do about it. */
export async function dropEach(
  maintenance: Database,
  databases: readonly DatabaseName[],
  dropped: (database: DatabaseName) => void = () => undefined,
): Promise<readonly { readonly reason: string; readonly hint: string }[]> {
  const problems: { reason: string; hint: string }[] = []
  for (const database of databases) {
    try {
      await maintenance.withClosingSession((session) => dropDatabase(session, database))
      dropped(database)
    } catch (error) {
      const { message, hint = '' } = error instanceof MbsyncError ? error : { message: String(error) }
      problems.push({ reason: `"${database.name}": ${message}`, hint })
    }
  }
  return problems
}
