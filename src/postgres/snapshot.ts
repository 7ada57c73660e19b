import { FailedError } from '../core/errors.ts'
import type { TableName } from '../core/table-name.ts'
import type { Database } from './database.ts'
import { DatabaseError } from './explain-error.ts'
import { literal, relation } from './identifiers.ts'
import type { Session } from './session.ts'

/** A snapshot of the source that any number of sessions can read. */
export interface Snapshot {
  /** The session that holds it: it reads the catalog, and takes no part in copying. */
  readonly coordinator: Session
  /** Opens a further session that sees exactly what the coordinator sees, with the same tables locked. */
  openReader(): Promise<Session>
  /** `txid_current_snapshot()` of the coordinator, for the state of the run. */
  readonly text: string
}

/** A relation whose rows are to be read, with the storage it had when the snapshot was taken. */
export interface LockedRelation {
  readonly name: TableName
  readonly oid: number
  readonly fileNode: number
}

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY'
const ATTEMPTS = 5

/**
 * Exports one snapshot, locks the relations that `listRelations` names against TRUNCATE and DDL, and runs `use`.
 * A table that was truncated or rewritten between snapshot and lock would read as empty, so the storage of every
 * table is compared after locking, and the snapshot is taken anew if any moved.
 */
export async function withSnapshot<T>(
  database: Database,
  listRelations: (session: Session) => Promise<readonly LockedRelation[]>,
  use: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const coordinator = await database.session()
  for (let attempt = 1; ; attempt += 1) {
    await coordinator.execute(BEGIN)
    const { id, text } = await coordinator.queryOne<{ id: string; text: string }>(
      'SELECT pg_export_snapshot() AS id, txid_current_snapshot()::text AS text',
    )
    const relations = await listRelations(coordinator)
    await lock(coordinator, relations)
    if (await isUnmoved(coordinator, relations)) {
      const openReader = () => openReaderOf(database, id, relations)
      const result = await use({ coordinator, openReader, text })
      await coordinator.execute('COMMIT')
      return result
    }
    await coordinator.execute('ROLLBACK')
    if (attempt === ATTEMPTS) {
      throw new FailedError(
        `${database.name}: tables are being truncated or rewritten faster than they can be locked`,
        {
          hint: 'Run again when the migration or job that rewrites tables is done.',
        },
      )
    }
  }
}

async function lock(session: Session, relations: readonly LockedRelation[]): Promise<void> {
  if (relations.length === 0) return
  await session.execute(
    `LOCK TABLE ${relations.map(({ name }) => `ONLY ${relation(name)}`).join(', ')} IN ACCESS SHARE MODE`,
  )
}

/** pg_class is read under the snapshot, pg_relation_filenode() is not: they differ after a truncation or rewrite. */
async function isUnmoved(session: Session, relations: readonly LockedRelation[]): Promise<boolean> {
  const stored = relations.filter(({ fileNode }) => fileNode !== 0)
  const { moved } = await session.queryOne<{ moved: boolean }>(
    `SELECT coalesce(bool_or(pg_relation_filenode(r.oid::regclass) IS DISTINCT FROM r.filenode), false) AS moved
     FROM unnest($1::oid[], $2::oid[]) AS r (oid, filenode)`,
    [stored.map(({ oid }) => oid), stored.map(({ fileNode }) => fileNode)],
  )
  return !moved
}

async function openReaderOf(
  database: Database,
  id: string,
  relations: readonly LockedRelation[],
): Promise<Session> {
  const reader = await database.session()
  await reader.execute(BEGIN)
  await reader.execute(`SET TRANSACTION SNAPSHOT ${literal(id)}`).catch((error: unknown) => {
    throw unsharedSnapshot(database.name, error)
  })
  // Locked at once: a later waiter for ACCESS EXCLUSIVE would stand between this reader and the coordinator's lock.
  await lock(reader, relations)
  return reader
}

function unsharedSnapshot(name: string, error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.isConnectionLost) return error
  return new FailedError(`${name}: connections do not share a snapshot`, {
    cause: error,
    hint: 'The URL points at a pooler in transaction mode or at load-balanced servers: use the direct connection string of one server.',
  })
}
