import type { Session } from '../../postgres/session.ts'
import type { WriteMark } from '../foreign-writes.ts'
import { inParallel } from '../in-parallel.ts'
import { compareTable, prepareForCompare } from './compare.ts'
import { markTables, type TableMarks } from './mark-tables.ts'
import type { Merge, MergedTable } from './merge-plan.ts'
import { changedRows, type MergeTable } from './merge-table.ts'
import { whileLocked } from './while-locked.ts'

/**
 * Compares all tables, largest first, on a few sessions of their own: their change lists are committed at once, and stay
 * true because the coordinator holds the lock. What those sessions cannot lock at once, the coordinator compares itself: a table
 * with a blocking measure, and one that a third session waits to lock whole, which stands between them and the coordinator.
 */
export async function compareTables(merge: Merge, mark: WriteMark): Promise<MergedTable[]> {
  const blocked = new Set(merge.blocking.map(({ rootOid }) => rootOid))
  const own = merge.tables.filter(({ target }) => blocked.has(target.oid))
  const shared = merge.tables
    .filter(({ target }) => !blocked.has(target.oid))
    .sort((a, b) => bytesOf(b) - bytesOf(a))

  const marks = await markTables(merge, mark)
  const results: MergedTable[] = []
  await inParallel(merge.target, merge.jobs, shared, prepareForCompare, async (session, table) => {
    const compared = await whileLocked(session, table.target, () => compareOne(merge, marks, session, table))
    if (compared === undefined) own.push(table)
    else results.push(compared)
  })
  for (const table of own) results.push(await compareOne(merge, marks, merge.coordinator, table))
  const order = new Map(merge.tables.map((table, index) => [table, index]))
  return results.sort((a, b) => (order.get(a.table) ?? 0) - (order.get(b.table) ?? 0))
}

async function compareOne(
  { report }: Merge,
  marks: ReadonlyMap<MergeTable, TableMarks>,
  session: Session,
  table: MergeTable,
): Promise<MergedTable> {
  const startedAt = performance.now()
  const marked = marks.get(table)
  if (marked === undefined) throw new Error('A table that was not marked')
  const counts = await compareTable(session, table, marked)
  const durationMs = performance.now() - startedAt
  report({ type: 'table-compared', table: table.target.name, changedRows: changedRows(counts), durationMs })
  return { table, counts, marked: marked.now, durationMs }
}

function bytesOf({ target }: MergeTable): number {
  return target.members.reduce((total, member) => total + member.bytes, 0)
}
