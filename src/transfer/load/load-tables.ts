import { sum } from '../../core/sum.ts'
import { displayName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { atWork } from '../../progress/progress.ts'
import { copiedColumns } from '../inspect/columns.ts'
import { addCopied, type Copied, copyPart, NOTHING_COPIED } from '../land/copy-parts.ts'
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
  const filled = await whileCopying(copying, () => fillTable(table, copying))
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
  return { pair, ...filled, buildMs, writeCounters: undefined, isAnalyzed: isAnalyzed(table) }
}

/** The amount of work of building a table's indexes: its rows are read for each. */
export function indexedBytes({ parts }: LoadTable): number {
  return sum(parts.map(({ estimatedBytes }) => estimatedBytes))
}

/**
 * Between two of these tables, nothing is sent but COPY: for many small tables, other statements would take longer than the rows. They are
 * analyzed after the run, because that locks all their indexes.
 */
async function loadSmall(tables: readonly LoadTable[], copying: Copying): Promise<LoadedTable[]> {
  return whileCopying(copying, async () => {
    const loaded: LoadedTable[] = []
    for (const table of tables) {
      const filled = await fillTable(table, copying)
      loaded.push({ pair: table.pair, ...filled, buildMs: 0, writeCounters: undefined, isAnalyzed: false })
    }
    return loaded
  })
}

/** Statements that define something set the role back, so it is set only for copying. */
async function whileCopying<T>({ session, mode }: Copying, work: () => Promise<T>): Promise<T> {
  if (mode === 'replica role') await session.execute('SET LOCAL session_replication_role = replica')
  const result = await withUserPath(session, 'writing', work)
  if (mode === 'replica role') await session.execute('SET LOCAL session_replication_role = origin')
  return result
}

async function fillTable(
  table: LoadTable,
  copying: Copying,
): Promise<Pick<LoadedTable, 'copied' | 'staying'>> {
  const copied = await copyTable(table, copying)
  const { pair, staying } = table
  return {
    copied,
    staying: staying === undefined ? NOTHING_STAYS : await putStaying(copying.session, pair, staying),
  }
}

const NOTHING_STAYS = { stays: 0, leftOut: 0 }

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

/** ANALYZE also reads inheritance children, which another transaction of the load may have locked. */
function isAnalyzed({ pair, hasUnresolved }: LoadTable): boolean {
  return !hasUnresolved && pair.target.partitions.every(({ children }) => children.length === 0)
}
