import { FailedError, RefusedError } from '../../core/errors.ts'
import { type Database, type DatabaseOptions, withDatabase } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'

/** Databases that most servers have, and that others can be created and renamed from. */
const CANDIDATES = ['postgres', 'template1']

/**
 * Opens another database of the target's server while `use` runs: the one that the configuration names, or one that most servers have.
 * @param session a session of the target
 * @throws RefusedError if none can be reached
 */
export async function withMaintenance<T>(
  target: Database,
  session: Session,
  use: (maintenance: Database) => Promise<T>,
): Promise<T> {
  const { options } = target
  const { maintenanceUrl } = options
  const own = await session.queryOne<OwnDatabase & Record<string, unknown>>(OWN_SQL)
  const ways =
    maintenanceUrl === undefined
      ? CANDIDATES.filter((name) => name !== own.name).map((database) => ({ ...options, database }))
      : [{ ...options, url: maintenanceUrl }]
  const problems: string[] = []
  for (const way of ways) {
    const problem = await problemOf(way, own)
    if (problem === undefined) return withDatabase(way, use)
    problems.push(problem.replace(`${target.name}: `, ''))
  }
  throw new RefusedError(
    `${target.name}: mbsync cannot reach another database of the server, through which it could rename the target: ${problems.join('; ')}`,
    {
      hint: 'Set `maintenanceUrl` of the target to another database of the same server, with a role that may connect to it.',
    },
  )
}

interface OwnDatabase {
  readonly oid: number
  readonly name: string
}

const OWN_SQL = `SELECT oid::int8::float8 AS oid, datname::text AS name FROM pg_database WHERE datname = current_database()`

async function problemOf(way: DatabaseOptions, own: OwnDatabase): Promise<string | undefined> {
  try {
    return await withDatabase(way, async (database) => whyNotBeside(await database.session(), own))
  } catch (error) {
    if (error instanceof FailedError || error instanceof RefusedError) return error.message
    throw error
  }
}

/** What would rename the database must know it by the same number and name. An encoding can make another name of it. */
async function whyNotBeside(session: Session, { oid, name }: OwnDatabase): Promise<string | undefined> {
  const [found] = await session.query<{ current: string }>(
    'SELECT current_database()::text AS current FROM pg_database WHERE oid::int8 = $1 AND datname = $2',
    [oid, name],
  )
  if (found === undefined)
    return `it has no database "${name}" with the number ${oid}: it is on another server, or the encodings of the two databases give the name in different ways`
  return found.current === name ? 'it is the target itself' : undefined
}
