import type { Session } from '../postgres/session.ts'
import { orderObjects } from './order-objects.ts'
import { describeObjects } from './read/describe.ts'
import { listConstraints } from './read/list-constraints.ts'
import { listIndexes } from './read/list-indexes.ts'
import { readColumns } from './read/read-columns.ts'
import { constraintObjects } from './read/read-constraints.ts'
import type { ReadContext, ReadKind, ReadObjects } from './read/read-context.ts'
import { readDependencies } from './read/read-dependencies.ts'
import { indexObjects } from './read/read-indexes.ts'
import { readSchemas } from './read/read-schemas.ts'
import { readSequences } from './read/read-sequences.ts'
import { readTables } from './read/read-tables.ts'
import { readViews } from './read/read-views.ts'
import { resolveDependencies } from './resolve-dependencies.ts'
import type { DatabaseSchema } from './schema-object.ts'

/** The readers of all kinds of objects. */
const READERS: readonly ReadKind[] = [readSchemas, readRelations]

/**
 * Reads the whole schema of a database but for what is mbsync's own, extensions' or the server's. Only catalogs are read, and no function of
 * the users is called. The session must be in a transaction that sees one snapshot, if others may change the schema meanwhile.
 */
export async function readSchema(session: Session): Promise<DatabaseSchema> {
  const { serverVersion } = session
  const dependencies = await readDependencies(session)
  const context: ReadContext = { serverVersion, dependencies }
  const read: ReadObjects[] = []
  for (const reader of READERS) read.push(await reader(session, context))
  const drafts = await describeObjects(
    session,
    read.flatMap(({ objects }) => objects),
  )
  const { objects, unsupported } = orderObjects(resolveDependencies(drafts, dependencies))
  return {
    serverVersion,
    objects,
    unsupported: [...read.flatMap((part) => part.unsupported ?? []), ...unsupported],
  }
}

async function readRelations(session: Session, context: ReadContext): Promise<ReadObjects> {
  const columns = await readColumns(session)
  const constraints = await listConstraints(session)
  const indexes = await listIndexes(session, context)
  const sequences = await readSequences(session, context)
  const tables = await readTables(session, context, { columns, constraints, sequences: sequences.ofColumns })
  const views = await readViews(session, context, columns)
  const parts = [
    sequences,
    tables,
    views,
    constraintObjects(constraints, indexes, context),
    indexObjects(indexes),
  ]
  return { objects: parts.flatMap(({ objects }) => objects) }
}
