import type { TableName } from '../core/table-name.ts'
import type { Table } from '../postgres/catalog/table.ts'
import { relation } from '../postgres/identifiers.ts'
import { dropTables, inBatches } from '../postgres/in-batches.ts'
import type { Session } from '../postgres/session.ts'
import { copiedColumns, keptColumns } from './columns.ts'
import type { TablePair } from './inspection.ts'
import { type LandingColumn, landingColumns } from './landing-columns.ts'
import { usableKey } from './merge/merge-table.ts'
import { FIRST_VERSION_WITH_RANGE_SCAN, type PageRange } from './plan-parts.ts'
import { UNDO_COLUMNS } from './undo-columns.ts'

/** A landing table to create. */
export interface WantedLanding {
  readonly pair: TablePair
  readonly landing: TableName
  /** Columns whose types would run code of others land as text. */
  readonly asText: readonly string[]
  /** About how much will land in it. */
  readonly bytes: number
  /** Whether it may become the undo set of the table, and has the columns of one. */
  readonly isKept?: boolean
}

/** An unlogged table has files that are written to disk as it is created: for a few rows that takes longer than to log them. */
const LEAST_UNLOGGED_BYTES = 1024 * 1024
/** To keep so few rows as an undo set costs less than a table for their keys. */
const MOST_KEPT_BYTES = 256 * 1024

/** Whether rows can land as the undo set of a table that is empty: with all of its columns, as they are, and found again by its key. */
export function mayLandAsUndo(pair: TablePair, asText: readonly string[], bytes: number): boolean {
  const isPlain = landingColumns(pair, asText).every(
    ({ name, takes, definitions }) => name === takes && definitions.length === 1,
  )
  const hasAll = keptColumns(pair).length === 0 && asText.length === 0
  return (
    bytes <= MOST_KEPT_BYTES && isPlain && hasAll && usableKey(pair.target, copiedColumns(pair)) !== undefined
  )
}

/** Which tables, by object id, have no page. Writers may change that until they are locked. */
export async function findEmpty(session: Session, tables: readonly Table[]): Promise<ReadonlySet<number>> {
  const members = tables.flatMap(({ oid, members: own }) =>
    own.map((member) => ({ root: oid, oid: member.oid })),
  )
  const rows = await session.query<{ root: number }>(
    `SELECT m.root AS root FROM unnest($1::oid[], $2::oid[]) AS m (root, oid)
     GROUP BY m.root HAVING bool_and(coalesce(pg_relation_size(m.oid), 0) = 0)`,
    [members.map(({ root }) => root), members.map(({ oid }) => oid)],
  )
  return new Set(rows.map(({ root }) => root))
}

/**
 * Creates the landing tables that are not there yet: without index or constraint, and with base types, as a NOT VALID domain constraint must not refuse a row before
 * the merge has seen it.
 */
export async function createLandingTables(session: Session, wanted: readonly WantedLanding[]): Promise<void> {
  await inBatches(session, wanted.map(createSql))
}

function createSql({ pair, landing, asText, bytes, isKept = false }: WantedLanding): string {
  const kind = bytes < LEAST_UNLOGGED_BYTES ? 'TABLE' : 'UNLOGGED TABLE'
  const own = definitionsOf(landingColumns(pair, asText))
  const columns = isKept ? [...UNDO_COLUMNS, own].join(', ') : own
  return `CREATE ${kind} IF NOT EXISTS ${relation(landing)} (${columns}) WITH (autovacuum_enabled = false)`
}

function definitionsOf(columns: readonly LandingColumn[]): string {
  return columns.flatMap(({ definitions }) => definitions).join(', ')
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

/** Drops everything in the landing schema: under the run lock, all of it is of this run or of one that died. */
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
