import { components } from '../../core/components.ts'
import { readFunctionReads } from '../../postgres/catalog/read-function-reads.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { Step } from './apply-sql.ts'
import { isOfList, listTable } from './change-list.ts'
import { byPartition, type ForeignKeyEnds } from './foreign-key-ends.ts'
import type { MergeTable } from './merge-table.ts'

/** By table, the other tables of a merge that its checks and computed columns read, through functions. These must be written before it. */
export type TableReads = ReadonlyMap<MergeTable, ReadonlySet<MergeTable>>

/** Reads which of the tables that a merge changes read each other. */
export async function readTableReads(session: Session, tables: readonly MergeTable[]): Promise<TableReads> {
  const reads = new Map<MergeTable, Set<MergeTable>>()
  if (tables.length < 2) return reads
  const tableOf = byPartition(tables)
  for (const { writtenOid, readOid } of await readFunctionReads(session, [...tableOf.keys()])) {
    const [written, read] = [tableOf.get(writtenOid), tableOf.get(readOid)]
    if (written === undefined || read === undefined || written === read) continue
    reads.set(written, (reads.get(written) ?? new Set()).add(read))
  }
  return reads
}

/** The same items, those of a table after those of the tables that it reads. */
export function readFirst<T extends { readonly table: MergeTable }>(
  items: readonly T[],
  reads: TableReads,
): T[] {
  if (reads.size === 0) return [...items]
  const order = components([...new Set(items.map(({ table }) => table))], reads).flat()
  const rank = new Map(order.map((table, at) => [table, at]))
  return [...items].sort((a, b) => (rank.get(a.table) ?? 0) - (rank.get(b.table) ?? 0))
}

/** All deletes, and then the other steps of a table after those of the tables that it reads. Foreign keys must not act between them. */
export function inReadOrder(steps: readonly Step[], reads: TableReads): Step[] {
  const deletes = steps.filter(({ kind }) => kind === 'delete')
  return [
    ...deletes,
    ...readFirst(
      steps.filter(({ kind }) => kind !== 'delete'),
      reads,
    ),
  ]
}

/**
 * For the owner mode, whose first statement shows functions the rows from before it: changed rows of a table that reads others wait for the
 * second statement. A row to which rows outside the merge may refer stays where it is, as it must not be missing in between.
 * @returns these tables
 */
export async function delayReaders(
  session: Session,
  reads: TableReads,
  ends: readonly ForeignKeyEnds[],
): Promise<MergeTable[]> {
  const needed = new Set(
    ends.flatMap(({ key, parent, child }) => (key.isEnforced && child === undefined ? (parent ?? []) : [])),
  )
  const readers = [...reads.keys()]
  for (const table of readers) {
    const { changes } = table
    const ops = needed.has(table) ? ['i', 'm'] : ['i', 'm', 'u']
    await session.execute(`
      UPDATE ${relation(listTable(changes))} AS own SET op = CASE own.op WHEN 'i' THEN 'l'::"char" ELSE 'r' END
      WHERE ${isOfList(changes, 'own')} AND own.op = ANY ('{${ops.join(',')}}'::"char"[])`)
  }
  return readers
}
