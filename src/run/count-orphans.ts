import { RefusedError } from '../core/errors.ts'
import { sum } from '../core/sum.ts'
import { TableMap } from '../core/table-map.ts'
import type { TableName } from '../core/table-name.ts'
import type { ForeignKey } from '../postgres/catalog/read-foreign-keys.ts'
import type { Column, Partition } from '../postgres/catalog/table.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import { identifier, relation } from '../postgres/identifiers.ts'
import { TABLES_AT_ONCE } from '../postgres/in-batches.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { Inspection, TablePair } from '../transfer/inspect/inspection.ts'
import { copyParts } from '../transfer/land/copy-parts.ts'
import { textCasts } from '../transfer/land/landing-columns.ts'
import { LandingWriter } from '../transfer/land/landing-writer.ts'
import { childrenOf, orphanCondition, parentsOf } from '../transfer/merge/orphans.ts'
import { readOwners } from '../transfer/merge/read-owners.ts'
import { landingEncoding } from '../transfer/source/copy-sql.ts'
import type { Part } from '../transfer/source/part.ts'
import type { RowSource } from '../transfer/source/row-source.ts'

/** The connections over which the rows of a foreign key are looked up. */
export interface OrphanSearch {
  readonly source: RowSource
  /** A session on the target. */
  readonly session: Session
  readonly inspection: Inspection
  readonly context: Pick<JobContext, 'signal'>
}

/** For a preview, tables with more rows than this are not read. */
const MOST_ROWS = 5_000_000
const MOST_BYTES = 4 * 1024 ** 3

/**
 * Counts the rows that a foreign key of the target would leave without a parent. The necessary columns of source rows are copied into
 * temporary tables of the target, because comparing them in the source would run operators of its users.
 * @returns undefined if the number cannot be known beforehand
 */
export async function countOrphans(
  search: OrphanSearch,
  key: ForeignKey,
  ends: { readonly child: 'source' | 'target'; readonly parent: 'source' | 'target' },
): Promise<number | undefined> {
  const { session, source } = search
  const child = ends.child === 'source' ? columnsFrom(search, key.childOid, key.childColumns) : undefined
  const parent = ends.parent === 'source' ? columnsFrom(search, key.parentOid, key.parentColumns) : undefined
  if (ends.child === 'source' && child === undefined) return undefined
  if (ends.parent === 'source' && parent === undefined) return undefined
  const read = [
    ...(child === undefined ? [key.childOid] : []),
    ...(parent === undefined ? [key.parentOid] : []),
  ]
  if (source.planColumns === undefined || !(await areReadable(search, read))) return undefined
  return inProbe(search, async () => {
    const children = child === undefined ? childrenOf(key) : await copyColumns(search, child, CHILDREN)
    const parents = parent === undefined ? parentsOf(key) : await copyColumns(search, parent, PARENTS)
    const { n } = await session.queryOne<{ n: number }>(
      `SELECT pg_catalog.count(*)::float8 AS n FROM ${children} AS child WHERE ${orphanCondition(key, parents)}`,
    )
    return n
  })
}

/** Counts in a transaction that leaves nothing behind; undefined if the target does not allow it. */
export async function inProbe(
  { session, context }: Pick<OrphanSearch, 'session' | 'context'>,
  count: () => Promise<number>,
): Promise<number | undefined> {
  try {
    return await session.transaction('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', count)
  } catch (error) {
    // The role may lack the privilege to create temporary tables, or an event trigger refuses it. The run checks again before it commits.
    if (error instanceof DatabaseError && !context.signal.aborted) return undefined
    throw error
  }
}

const CHILDREN: TableName = { schema: 'pg_temp', name: 'mbsync_children' }
/** The temporary table that holds the rows that others refer to. */
export const PARENTS: TableName = { schema: 'pg_temp', name: 'mbsync_parents' }

/** Some columns of a source table, with their types in the target. */
interface SomeColumns {
  readonly parts: readonly Part[]
  readonly columns: readonly Column[]
}

/** The columns of a table of the run, as they must be copied from the source; undefined if they cannot be copied, or are too many. */
export function columnsFrom(
  { source, inspection }: OrphanSearch,
  oid: number,
  names: readonly string[],
): SomeColumns | undefined {
  const pair = inspection.pairs.find(({ target }) => target.oid === oid)
  const columns = names.flatMap((name) => columnOf(pair, name))
  if (pair === undefined || columns.length < names.length) return undefined
  // The target would read the source's text as another value.
  const casts = textCasts(pair.source, pair.target)
  if (names.some((name) => casts.has(name))) return undefined
  const parts = source.planColumns?.(pair.source.name, names) ?? []
  const rows = sum(parts.map(({ estimatedRows }) => estimatedRows))
  const bytes = sum(parts.map(({ estimatedBytes }) => estimatedBytes))
  return rows > MOST_ROWS || bytes > MOST_BYTES ? undefined : { parts, columns }
}

function columnOf(pair: TablePair | undefined, name: string): Column[] {
  const isIt = (column: Pick<Column, 'name' | 'generated'>) =>
    column.name === name && column.generated === 'no'
  const column = pair?.target.columns.find(isIt)
  return column === undefined || !pair?.source.columns.some(isIt) ? [] : [column]
}

/** Only the merge looks at rows that are hidden from the role, or that run code of other roles. */
export async function areReadable(
  { session, inspection: { target } }: OrphanSearch,
  oids: readonly number[],
): Promise<boolean> {
  const partitions: readonly Partition[] = [
    ...target.tables.flatMap((table) => table.partitions),
    ...target.neighbours,
  ]
  const own = oids.map((oid) => {
    return (
      target.tables.find((table) => table.oid === oid)?.partitions ??
      partitions.filter((partition) => partition.oid === oid)
    )
  })
  const isOpen = (partition: Partition) =>
    partition.canUseSchema &&
    partition.canSelect &&
    !partition.isRowSecurityActive &&
    partition.kind !== 'foreign' &&
    partition.pages * 8192 <= MOST_BYTES &&
    partition.estimatedRows <= MOST_ROWS
  if (!own.every((some) => some.length > 0 && some.every(isOpen))) return false
  const tables = own.flatMap(([first, ...rest]) =>
    first === undefined
      ? []
      : [{ target: { oid: first.oid, name: first.name, partitions: [first, ...rest] }, kept: [] }],
  )
  try {
    const owners = await readOwners(session, tables)
    return tables.every(({ target: { oid } }) => owners.get(oid)?.hasCode !== true)
  } catch (error) {
    if (error instanceof RefusedError) return false
    throw error
  }
}

/** Copies columns from the source into a temporary table. @returns the SQL of that relation */
export async function copyColumns(
  { session, source, inspection, context }: OrphanSearch,
  { parts, columns }: SomeColumns,
  place: TableName,
): Promise<string> {
  const list = columns.map(({ name, baseType }) => `${identifier(name)} ${baseType}`)
  await session.define(`CREATE TEMPORARY TABLE ${identifier(place.name)} (${list.join(', ')}) ON COMMIT DROP`)
  const encoding = landingEncoding(source.encoding, inspection.target.server.encoding)
  const landing = { landing: place, columns: columns.map(({ name }) => name) }
  const places = new TableMap(parts.map(({ table }) => [table, landing]))
  await copyParts({
    parts,
    openReader: source.openReader,
    openWriter: async () => new LandingWriter(session, places, { encoding, most: TABLES_AT_ONCE }),
    jobs: 1,
    report: () => undefined,
    signal: context.signal,
  })
  const sql = relation(place)
  await session.execute(`ANALYZE ${sql}`)
  return sql
}
