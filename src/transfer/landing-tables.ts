import { identifier, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { copiedColumns } from './columns.ts'
import type { TablePair } from './inspection.ts'
import type { MergeNames } from './merge/merge-table.ts'

/**
 * Creates the landing table of a pair, if it is not there: UNLOGGED, without index or constraint, and with base types,
 * as a NOT VALID domain constraint must not refuse a row before the merge has seen it.
 */
export async function createLandingTable(
  session: Session,
  pair: TablePair,
  { landing }: MergeNames,
): Promise<void> {
  const columns = copiedColumns(pair).map((column) => `${identifier(column.name)} ${column.baseType}`)
  await session.execute(
    `CREATE UNLOGGED TABLE IF NOT EXISTS ${relation(landing)} (${columns.join(', ')}) WITH (autovacuum_enabled = false)`,
  )
}

/** Creates the table that the keys of unchanged rows land in. */
export async function createKeyTable(session: Session, pair: TablePair, { keys }: MergeNames): Promise<void> {
  const names = new Set(pair.target.key?.columns.map((column) => column.name))
  const columns = copiedColumns(pair)
    .filter((column) => names.has(column.name))
    .map((column) => `${identifier(column.name)} ${column.baseType}`)
  await session.execute(
    `CREATE UNLOGGED TABLE ${relation(keys)} (${columns.join(', ')}) WITH (autovacuum_enabled = false)`,
  )
}

/** Drops everything in the landing schema: under the run lock, all of it is of this run or of one that died. */
export async function dropLandingTables(session: Session): Promise<void> {
  const tables = await session.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'mbsync_landing' AND c.relkind = 'r'`,
  )
  // One by one: each DROP takes a lock, and the server's table of locks is finite.
  for (const { name } of tables)
    await session.execute(`DROP TABLE ${relation({ schema: 'mbsync_landing', name })}`)
}
