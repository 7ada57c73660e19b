import { readServerFacts, readSystemIdentifier, type ServerFacts } from '../postgres/catalog/read-server.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'

/** Facts that distinguish one database from another, without credentials. It is a type alias, so that it can be stored as JSON. */
export type DatabaseIdentity = {
  readonly database: string
  readonly databaseOid: number
  /** `server_version`. */
  readonly version: string
  /** Null if the role may not read it. */
  readonly systemIdentifier: string | null
}

/** Reads the identity of a database. */
export async function identifyDatabase(database: Database): Promise<DatabaseIdentity> {
  const session = await database.session()
  const { identity } = await identifySession(session)
  database.giveBack(session)
  return identity
}

/** The identity of a database, and what it says about itself. */
export interface IdentifiedSession {
  readonly identity: DatabaseIdentity
  readonly facts: ServerFacts
}

/** The same over an open session, together with what the database says about itself. */
export async function identifySession(session: Session): Promise<IdentifiedSession> {
  const [facts, systemIdentifier = null] = await Promise.all([
    readServerFacts(session),
    readSystemIdentifier(session),
  ])
  const { database, databaseOid, version } = facts
  return { identity: { database, databaseOid, version, systemIdentifier }, facts }
}
