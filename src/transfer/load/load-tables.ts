import { sum } from '../../core/sum.ts'
import { TableMap } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import { TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { atWork } from '../../progress/progress.ts'
import { copiedColumns } from '../inspect/columns.ts'
import { type Copied, NOTHING_COPIED } from '../land/copied.ts'
import { copyQueue } from '../land/copy-parts.ts'
import { LandingWriter } from '../land/landing-writer.ts'
import type { Part } from '../source/part.ts'
import type { PartReader } from '../source/row-source.ts'
import { putStaying } from '../staying/put-staying.ts'
import type { LoadedTable, Loading, LoadShare, LoadTable } from './load-plan.ts'
import { readRemovableIndexes } from './read-removable-indexes.ts'
import { createIndexSql, dropIndexSql } from './rebuild-sql.ts'

type Copying = Loading & { readonly reader: PartReader<Part>; readonly mode: LoadShare['mode'] }

/** Copies the rows of a share's tables. The indexes of large tables are built as soon as the table is copied. */
export async function loadTables(
  { tables, mode }: LoadShare,
  loading: Loading & { readonly reader: PartReader<Part> },
): Promise<LoadedTable[]> {
  const copying = { ...loading, mode }
  const loaded: LoadedTable[] = []
  for (const sized of bySize(tables)) {
    const [first] = sized
    if (first?.isLarge === true) loaded.push(await loadLarge(first, copying))
    else loaded.push(...(await loadSmall(sized, copying)))
  }
  return loaded
}

/** Each large table alone, and small ones that follow each other together. */
function bySize(tables: readonly LoadTable[]): LoadTable[][] {
  const found: LoadTable[][] = []
  for (const table of tables) {
    const last = found.at(-1)
    if (last === undefined || table.isLarge || last[0]?.isLarge === true) found.push([table])
    else last.push(table)
  }
  return found
}

async function loadLarge(table: LoadTable, copying: Copying): Promise<LoadedTable> {
  const { session } = copying
  const { pair } = table
  const removable = await readRemovableIndexes(session, [pair.target.oid])
  const indexes = removable.filter(({ isOfColumns }) => isOfColumns || !table.hasUnresolved)
  for (const index of indexes) await session.define(dropIndexSql(index))
  const [filled] = await whileCopying(copying, () => fillTables([table], copying))
  if (filled === undefined) throw new Error('A table that was not filled')
  const startedAt = performance.now()
  // ANALYZE counts as one more piece.
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
    await atWork(copying.report, piece, async () => {
      if (isAnalyzed(table)) await session.execute(`ANALYZE ${relation(pair.target.name)}`)
    })
  })
  const buildMs = performance.now() - startedAt
  return { ...filled, buildMs, writeCounters: undefined, isAnalyzed: isAnalyzed(table) }
}

/** The amount of work of building a table's indexes: its rows are read for each. */
export function indexedBytes({ parts }: LoadTable): number {
  return sum(parts.map(({ estimatedBytes }) => estimatedBytes))
}

/**
 * Between these tables, nothing is sent but COPY: for many small tables, other statements would take longer than the rows. They are analyzed after the
 * run, because that locks all their indexes.
 */
async function loadSmall(tables: readonly LoadTable[], copying: Copying): Promise<LoadedTable[]> {
  return whileCopying(copying, async () => {
    const loaded: LoadedTable[] = []
    for (const own of upToStaying(tables)) {
      const filled = await fillTables(own, copying)
      loaded.push(
        ...filled.map((each) => ({ buildMs: 0, writeCounters: undefined, isAnalyzed: false, ...each })),
      )
    }
    return loaded
  })
}

/** Tables that follow each other, up to one with rows that stay: checks of later ones may read them. */
function upToStaying(tables: readonly LoadTable[]): LoadTable[][] {
  const found: LoadTable[][] = []
  for (const [index, table] of tables.entries()) {
    if (index === 0 || tables[index - 1]?.staying !== undefined) found.push([table])
    else found.at(-1)?.push(table)
  }
  return found
}

/** Statements that define something set the role back, so it is set only for copying. */
async function whileCopying<T>({ session, mode }: Copying, work: () => Promise<T>): Promise<T> {
  if (mode === 'replica role') await session.execute('SET LOCAL session_replication_role = replica')
  const result = await withUserPath(session, 'writing', work)
  if (mode === 'replica role') await session.execute('SET LOCAL session_replication_role = origin')
  return result
}

/** Copies the rows of tables, then puts those that stay beside them. */
async function fillTables(tables: readonly LoadTable[], copying: Copying): Promise<FilledTable[]> {
  const copied = await copyTables(tables, copying)
  const filled: FilledTable[] = []
  for (const { pair, staying } of tables) {
    const stays = staying === undefined ? NOTHING_STAYS : await putStaying(copying.session, pair, staying)
    filled.push({ pair, copied: copied.get(pair.source.name) ?? NOTHING_COPIED, staying: stays })
  }
  return filled
}

type FilledTable = Pick<LoadedTable, 'pair' | 'copied' | 'staying'>

const NOTHING_STAYS = { stays: 0, leftOut: 0 }

async function copyTables(
  tables: readonly LoadTable[],
  { session, reader, encoding, report, signal }: Copying,
): Promise<TableMap<Copied>> {
  const places = new TableMap(
    tables.map(({ pair }) => {
      const columns = copiedColumns(pair).map(({ name }) => name)
      return [pair.source.name, { landing: pair.target.name, columns }] as const
    }),
  )
  const writer = new LandingWriter(session, places, { encoding, most: TABLES_AT_ONCE })
  const copied = new TableMap<Copied>()
  const queue = tables.flatMap(({ parts }) => parts)
  await copyQueue(queue, { reader, writer, report, signal }, copied)
  signal.throwIfAborted()
  return copied
}

/** ANALYZE also reads inheritance children, which another transaction of the load may have locked. */
function isAnalyzed({ pair, hasUnresolved }: LoadTable): boolean {
  return !hasUnresolved && pair.target.partitions.every(({ children }) => children.length === 0)
}
