import { readServerFacts, readSystemIdentifier } from '../postgres/catalog/read-server.ts'
import type { Database } from '../postgres/database.ts'

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
  const { database: name, databaseOid, version } = await readServerFacts(session)
  const systemIdentifier = (await readSystemIdentifier(session)) ?? null
  await session.end()
  return { database: name, databaseOid, version, systemIdentifier }
}
