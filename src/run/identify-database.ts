import { readServerFacts, readSystemIdentifier } from '../postgres/catalog/read-server.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'

/** What tells one database from another, without credentials; a type alias, so that it can be stored as JSON. */
export type DatabaseIdentity = {
  readonly database: string
  readonly databaseOid: number
  /** `server_version`. */
  readonly version: string
  /** Null where the role may not read it. */
  readonly systemIdentifier: string | null
}

/** Asks a database who it is. */
export async function identifyDatabase(database: Database): Promise<DatabaseIdentity> {
  const session = await database.session()
  const { identity } = await identifySession(session)
  database.giveBack(session)
  return identity
}

/** Who a database is, and whether it is a standby. */
export interface IdentifiedSession {
  readonly identity: DatabaseIdentity
  readonly isInRecovery: boolean
}

/** The same over a session that is open, and whether the database is a standby. */
export async function identifySession(session: Session): Promise<IdentifiedSession> {
  const { database, databaseOid, version, isInRecovery } = await readServerFacts(session)
  const systemIdentifier = (await readSystemIdentifier(session)) ?? null
  return { identity: { database, databaseOid, version, systemIdentifier }, isInRecovery }
}
