import { coded, type Finding } from '../../core/finding.ts'
import { type Database, withDatabaseBeside } from '../../postgres/database.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Session } from '../../postgres/session.ts'
import { errorFinding } from '../../transfer/validate/finding.ts'
import { swapName } from './swap-name.ts'

/**
 * An error if the server, or a pooler in front of it, does not admit the role to databases that runs make. A name that no database has shows
 * this: a server looks at its rules first.
 */
export async function judgeAccess(target: Database, session: Session, database: string): Promise<Finding[]> {
  const refusal = await probe(target, swapName(database, 'next', 0))
  if (refusal === undefined) return []
  const message = `the role cannot connect to the databases that a swap makes beside "${database}": ${refusal.message.replace(`${target.name}: `, '')}`
  return coded('swap', [errorFinding(target.name, message, await adviseOnAccess(session, database, refusal))])
}

const NO_DATABASE = '3D000'

async function probe(target: Database, name: string): Promise<DatabaseError | undefined> {
  try {
    await withDatabaseBeside(target, name, (other) => other.session())
    return undefined
  } catch (error) {
    if (error instanceof DatabaseError && isRefusal(error)) return error
    if (error instanceof DatabaseError && (error.sqlState === NO_DATABASE || !error.isConnectionLost))
      return undefined
    throw error
  }
}

/** Whether the name of the database decides that the connection is refused, before there is such a database. */
export function isRefusal({ sqlState = '', message }: DatabaseError): boolean {
  return sqlState.startsWith('28') || OF_POOLER.test(message)
}

const OF_POOLER = /no such database/i

/** What admits the role to databases beside the target: a line of pg_hba.conf, or an entry of a pooler. */
export async function adviseOnAccess(
  session: Session,
  database: string,
  { message }: Pick<DatabaseError, 'message'>,
): Promise<string> {
  if (OF_POOLER.test(message))
    return 'Use the direct connection string of the database, or have the pooler pass on all names: for PgBouncer, `* = host=…` in [databases].'
  const { role, address } = await session.queryOne<{ role: string; address: string | null }>(
    'SELECT session_user::text AS role, host(inet_client_addr()) AS address',
  )
  const isRegular = session.serverVersion >= 160000
  const names = isRegular ? quoted(`/^${patternOf(database)}_mbsync_(next|prev|undone)_[0-9]+$`) : 'all'
  const from = address === null ? '' : ` ${address}/${address.includes(':') ? 128 : 32}`
  const line = `${address === null ? 'local' : 'host'} ${names} ${quoted(role)}${from} scram-sha-256`
  return `Add a line to pg_hba.conf beside that of "${database}", with the method of that one, and reload the server: ${line}`
}

/** The most bytes of a name that are in the names of all databases beside it. */
const SURE_BYTES = 30

function patternOf(database: string): string {
  let sure = ''
  for (const character of database) {
    if (Buffer.byteLength(sure + character) > SURE_BYTES) break
    sure += character
  }
  return `${sure.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')}${sure === database ? '' : '.*'}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
