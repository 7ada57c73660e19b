import { sum } from '../../core/sum.ts'
import { displayName } from '../../core/table-name.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import { relation } from '../../postgres/identifiers.ts'
import { batchesOf, TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { atWork } from '../../progress/progress.ts'
import { copiedColumns } from '../inspect/columns.ts'
import { addCopied, type Copied, copyPart, NOTHING_COPIED } from '../land/copy-parts.ts'
import { LandingWriter } from '../land/landing-writer.ts'
import type { Part } from '../source/part.ts'
import type { PartReader } from '../source/row-source.ts'
import type { LoadedTable, Loading, LoadShare, LoadTable } from './load-plan.ts'
import { readRemovableIndexes } from './read-removable-indexes.ts'
import { createIndexSql, dropIndexSql } from './rebuild-sql.ts'

type Copying = Loading & { readonly reader: PartReader<Part>; readonly mode: LoadShare['mode'] }

/** Copies the rows of the tables of a share: the large ones without their indexes, which are built as soon as a table is in. */
export async function loadTables(
  { tables, mode }: LoadShare,
  loading: Loading & { readonly reader: PartReader<Part> },
): Promise<LoadedTable[]> {
  const copying = { ...loading, mode }
  const loaded: LoadedTable[] = []
  for (const table of tables.filter(({ isLarge }) => isLarge)) loaded.push(await loadLarge(table, copying))
  const small = tables.filter(({ isLarge }) => !isLarge)
  if (small.length > 0) loaded.push(...(await loadSmall(small, copying)))
  return loaded
}

async function loadLarge(table: LoadTable, copying: Copying): Promise<LoadedTable> {
  const { session } = copying
  const { pair } = table
  const indexes = await readRemovableIndexes(session, [pair.target.oid])
  for (const index of indexes) await session.define(dropIndexSql(index))
  const copied = await whileCopying(copying, () => copyTable(table, copying))
  const startedAt = performance.now()
  // ANALYZE is one piece more.
  const piece = {
    stage: 'index',
    name: displayName(pair.target.name),
    amount: indexedBytes(table) / (indexes.length + 1),
  } as const
  await withUserPath(session, 'writing', async () => {
    for (const index of indexes)
      await atWork(copying.report, piece, async () => {
        for (const sql of createIndexSql(index)) await session.defineFrom(sql)
      })
    await atWork(copying.report, piece, () => analyze(session, [pair.target]))
  })
  return { pair, copied, buildMs: performance.now() - startedAt, writeCounters: undefined }
}

/** What the building of the indexes of a table counts as: its rows are read for each. */
export function indexedBytes({ parts }: LoadTable): number {
  return sum(parts.map(({ estimatedBytes }) => estimatedBytes))
}

/** Nothing is said between two of them but COPY: of many small tables, the rest would take longer than the rows. */
async function loadSmall(tables: readonly LoadTable[], copying: Copying): Promise<LoadedTable[]> {
  const loaded = await whileCopying(copying, async () => {
    const all: LoadedTable[] = []
    for (const table of tables)
      all.push({
        pair: table.pair,
        copied: await copyTable(table, copying),
        buildMs: 0,
        writeCounters: undefined,
      })
    return all
  })
  const filled = loaded.filter(({ copied }) => copied.rows > 0).map(({ pair }) => pair.target)
  await withUserPath(copying.session, 'writing', () => analyze(copying.session, filled))
  return loaded
}

/** What defines something puts the role back, so it is set for the copying alone. */
async function whileCopying<T>({ session, mode }: Copying, work: () => Promise<T>): Promise<T> {
  if (mode === 'replica role') await session.execute('SET LOCAL session_replication_role = replica')
  const result = await withUserPath(session, 'writing', work)
  if (mode === 'replica role') await session.execute('SET LOCAL session_replication_role = origin')
  return result
}

async function copyTable(
  { pair, parts }: LoadTable,
  { session, reader, encoding, report, signal }: Copying,
): Promise<Copied> {
  const place = { landing: pair.target.name, columns: copiedColumns(pair).map(({ name }) => name) }
  const leave = async () => undefined
  const writer = new LandingWriter(session, () => place, encoding, leave)
  let copied = NOTHING_COPIED
  for (const part of parts) copied = addCopied(copied, await copyPart(part, reader, writer, report, signal))
  return copied
}

async function analyze(session: Session, tables: readonly Table[]): Promise<void> {
  for (const batch of batchesOf(tables.filter(canAnalyze), TABLES_AT_ONCE))
    await session.execute(`ANALYZE ${batch.map(({ name }) => relation(name)).join(', ')}`)
}

/** ANALYZE reads inheritance children, too, which another transaction of the load may have locked. */
export function canAnalyze({ partitions }: Pick<Table, 'partitions'>): boolean {
  return partitions.every(({ children }) => children.length === 0)
}
