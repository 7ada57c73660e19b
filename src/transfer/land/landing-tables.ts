import type { TableName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import { dropTables, inBatches } from '../../postgres/in-batches.ts'
import type { Session } from '../../postgres/session.ts'
import type { TablePair } from '../inspect/inspection.ts'
import { FIRST_VERSION_WITH_RANGE_SCAN, type PageRange } from '../source/plan-parts.ts'
import { type LandingColumn, landingColumns } from './landing-columns.ts'

/** A landing table to create. */
export interface WantedLanding {
  readonly pair: TablePair
  readonly landing: TableName
  /** Columns that land as text, because their types would run code of other roles. */
  readonly asText: readonly string[]
  /** The approximate number of bytes that will land in it. */
  readonly bytes: number
  /** Definitions of columns in addition to those that receive the text. */
  readonly further?: readonly string[]
}

/** The files of an unlogged table are written to disk when it is created. For a few rows, that takes longer than logging them. */
const LEAST_UNLOGGED_BYTES = 1024 * 1024
/**
 * Creates the landing tables that do not exist yet, without indexes or constraints. They have base types, because a NOT VALID domain
 * constraint must not refuse a row before the merge has seen it.
 */
export async function createLandingTables(session: Session, wanted: readonly WantedLanding[]): Promise<void> {
  await inBatches(session, wanted.map(createSql))
}

function createSql({ pair, landing, asText, bytes, further = [] }: WantedLanding): string {
  const kind = bytes < LEAST_UNLOGGED_BYTES ? 'TABLE' : 'UNLOGGED TABLE'
  const columns = [...further, definitionsOf(landingColumns(pair, asText))].join(', ')
  return `CREATE ${kind} IF NOT EXISTS ${relation(landing)} (${columns}) WITH (autovacuum_enabled = false)`
}

function definitionsOf(columns: readonly LandingColumn[]): string {
  return columns.flatMap(({ definitions }) => definitions).join(', ')
}

/** Ranges of fewer pages are not worth a session. */
const LEAST_PAGES = 8

/** Splits a landing table into ranges of pages for `count` sessions. */
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

/** Drops everything in the landing schema. Under the run lock, it can only belong to this run or to a dead one. */
export async function dropLandingTables(session: Session): Promise<void> {
  const tables = await session.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'mbsync_landing' AND c.relkind = 'r'`,
  )
  await dropTables(
    session,
    tables.map(({ name }) => ({ schema: 'mbsync_landing', name })),
  )
}
