import { readServerFacts, readSystemIdentifier, type ServerFacts } from '../postgres/catalog/read-server.ts'
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

/** Who a database is, and what it says of itself. */
export interface IdentifiedSession {
  readonly identity: DatabaseIdentity
  readonly facts: ServerFacts
}

/** The same over a session that is open, and what the database says of itself. */
export async function identifySession(session: Session): Promise<IdentifiedSession> {
  const [facts, systemIdentifier = null] = await Promise.all([
    readServerFacts(session),
    readSystemIdentifier(session),
  ])
  const { database, databaseOid, version } = facts
  return { identity: { database, databaseOid, version, systemIdentifier }, facts }
}
