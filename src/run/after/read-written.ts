import { readTables } from '../../postgres/catalog/read-tables.ts'
import type { Session } from '../../postgres/session.ts'
import type { ChangedTable } from '../../transfer/merge/finish.ts'
import { withParents } from './with-parents.ts'

/** Tables that scripts have written to and that still exist, by object id, and the partitioned tables that they belong to. */
export async function readWritten(session: Session, oids: readonly number[]): Promise<ChangedTable[]> {
  if (oids.length === 0) return []
  const tables = await readTables(session, [...(await withParents(session, oids)).keys()])
  return tables.map((table) => ({ table, share: 1 }))
}
