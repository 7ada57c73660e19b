import type { TableName } from '../core/table-name.ts'
import { relation } from './identifiers.ts'
import type { Session } from './session.ts'

/** Each message is a round trip, and each transaction waits for the disk; but each table takes several locks, of which a server has few. */
export const TABLES_AT_ONCE = 50

/** Cuts what is done for one table each into batches for one transaction each. */
export function batchesOf<T>(items: readonly T[], size = TABLES_AT_ONCE): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => {
    return items.slice(index * size, (index + 1) * size)
  })
}

/** Runs statements that concern one table each, many in a transaction; outside of one that is open, each batch is one of its own. */
export async function inBatches(session: Session, statements: readonly string[]): Promise<void> {
  for (const batch of batchesOf(statements)) await session.execute(batch.join(';\n'))
}

/** Drops tables, many in a transaction. */
export async function dropTables(session: Session, tables: readonly TableName[]): Promise<void> {
  for (const batch of batchesOf(tables)) await session.execute(`DROP TABLE ${batch.map(relation).join(', ')}`)
}
