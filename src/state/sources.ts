import type { Session } from '../postgres/session.ts'

/** A database that rows came from, as the state and the manifests of dumps remember it; a type alias, so that it can be stored as JSON. */
export type RowOrigin = {
  /** What a configuration called it. */
  readonly name: string
  readonly database: string
  readonly databaseOid: number
  /** Null where the role could not read it. */
  readonly systemIdentifier: string | null
}

/** What identifies a database in a {@link RowOrigin}. */
export type DatabaseKey = Omit<RowOrigin, 'name'>

/**
 * Whether two identities are, or may be, those of one database: without a system identifier on one side, the same name and OID are taken
 * for the same database. A physical copy has the identity of its origin.
 */
export function isSameDatabase(one: DatabaseKey, other: DatabaseKey): boolean {
  if (one.databaseOid !== other.databaseOid) return false
  if (one.systemIdentifier === null || other.systemIdentifier === null) return one.database === other.database
  return one.systemIdentifier === other.systemIdentifier
}

/** Writes down which databases the rows of a run came from, inside the transaction of its merge. */
export async function rememberSources(session: Session, origins: readonly RowOrigin[]): Promise<void> {
  await Promise.all(
    origins.map(({ name, database, databaseOid, systemIdentifier }) =>
      session.query(
        `INSERT INTO mbsync.sources AS s (system_identifier, database_oid, database_name, name) VALUES ($1, $2, $3, $4)
         ON CONFLICT (system_identifier, database_oid, database_name)
         DO UPDATE SET name = excluded.name`,
        [systemIdentifier ?? '', databaseOid, database, name],
      ),
    ),
  )
}

/** Forgets databases that were remembered. */
export async function forgetSources(session: Session, sources: readonly DatabaseKey[]): Promise<void> {
  for (const { systemIdentifier, databaseOid, database } of sources) {
    await session.query(
      'DELETE FROM mbsync.sources WHERE system_identifier = $1 AND database_oid = $2 AND database_name = $3',
      [systemIdentifier ?? '', databaseOid, database],
    )
  }
}
