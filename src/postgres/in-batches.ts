import type { TableName } from '../core/table-name.ts'
import { relation } from './identifiers.ts'
import { readPromisedLocks } from './lock-slots.ts'
import type { Session } from './session.ts'

/** Each message is a round trip, and each transaction waits for the disk; but each table takes several locks, of which a server has few. */
export const TABLES_AT_ONCE = 50
/** A table with its TOAST table and indexes, in a server that holds the locks of others as well. */
const SLOTS_OF_A_TABLE = 20

/** How many statements a session is sent before an answer comes: those of thousands of tables together would take megabytes. */
export const STATEMENTS_AT_ONCE = 10

/** How many tables a transaction may create, drop or read when `sessions` do so at the same time. */
export async function tablesAtOnce(session: Session, sessions = 1): Promise<number> {
  return tablesWithin(await readPromisedLocks(session), sessions)
}

/** The same where the server promises room for this number of locks. */
export function tablesWithin(promisedLocks: number, sessions: number): number {
  return Math.max(1, Math.min(TABLES_AT_ONCE, Math.floor(promisedLocks / (SLOTS_OF_A_TABLE * sessions))))
}

/** Cuts what is done for one table each into batches. */
export function batchesOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => {
    return items.slice(index * size, (index + 1) * size)
  })
}

/** Runs statements that concern one table each, many in a transaction; outside of one that is open, each batch is one of its own. */
export async function inBatches(session: Session, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return
  for (const batch of batchesOf(statements, await tablesAtOnce(session)))
    await session.define(batch.join(';\n'))
}

/** Drops tables, many in a transaction. */
export async function dropTables(session: Session, tables: readonly TableName[]): Promise<void> {
  if (tables.length === 0) return
  for (const batch of batchesOf(tables, await tablesAtOnce(session)))
    await session.define(`DROP TABLE ${batch.map(relation).join(', ')}`)
}
