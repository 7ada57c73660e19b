import type { TableName } from '../core/table-name.ts'
import { identifier, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { copiedColumns } from './columns.ts'
import type { TablePair } from './inspection.ts'
import type { MergeNames } from './merge/merge-table.ts'
import { FIRST_VERSION_WITH_RANGE_SCAN, type PageRange } from './plan-parts.ts'

/**
 * Creates the landing table of a pair, if it is not there: UNLOGGED, without index or constraint, and with base types,
 * as a NOT VALID domain constraint must not refuse a row before the merge has seen it. Columns whose types would run code of others land
 * as text.
 */
export async function createLandingTable(
  session: Session,
  pair: TablePair,
  landing: TableName,
  asText: readonly string[] = [],
): Promise<void> {
  const columns = copiedColumns(pair).map(({ name, baseType }) => {
    return `${identifier(name)} ${asText.includes(name) ? 'text' : baseType}`
  })
  await session.define(
    `CREATE UNLOGGED TABLE IF NOT EXISTS ${relation(landing)} (${columns.join(', ')}) WITH (autovacuum_enabled = false)`,
  )
}

/** Creates the table that the keys of unchanged rows land in. */
export async function createKeyTable(session: Session, pair: TablePair, { keys }: MergeNames): Promise<void> {
  const names = new Set(pair.target.key?.columns.map((column) => column.name))
  const columns = copiedColumns(pair)
    .filter((column) => names.has(column.name))
    .map((column) => `${identifier(column.name)} ${column.baseType}`)
  await session.define(
    `CREATE UNLOGGED TABLE ${relation(keys)} (${columns.join(', ')}) WITH (autovacuum_enabled = false)`,
  )
}

/** So few pages are read at once. */
const LEAST_PAGES = 8

/** Cuts a landing table into ranges of pages that `count` sessions can share. */
export async function cutLandingTable(
  session: Session,
  table: TableName,
  count: number,
): Promise<(PageRange | undefined)[]> {
  if (session.serverVersion < FIRST_VERSION_WITH_RANGE_SCAN) return [undefined]
  const { pages } = await session.queryOne<{ pages: number }>(
    `SELECT (pg_relation_size($1::regclass) / current_setting('block_size')::int)::float8 AS pages`,
    [relation(table)],
  )
  const size = Math.max(Math.ceil(pages / count), LEAST_PAGES)
  return Array.from({ length: Math.ceil(pages / size) }, (_, index) => {
    return { first: index * size, end: (index + 1) * size }
  })
}

/** Each transaction waits until its log is on disk, but each table takes several locks, and the server's table of locks is finite. */
const DROPPED_AT_ONCE = 20

/** Drops everything in the landing schema: under the run lock, all of it is of this run or of one that died. */
export async function dropLandingTables(session: Session): Promise<void> {
  const tables = await session.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'mbsync_landing' AND c.relkind = 'r'`,
  )
  for (let at = 0; at < tables.length; at += DROPPED_AT_ONCE) {
    const names = tables
      .slice(at, at + DROPPED_AT_ONCE)
      .map(({ name }) => relation({ schema: 'mbsync_landing', name }))
    await session.define(`DROP TABLE ${names.join(', ')}`)
  }
}
