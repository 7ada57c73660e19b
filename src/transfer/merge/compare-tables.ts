import type { Session } from '../../postgres/session.ts'
import type { WriteMark } from '../foreign-writes.ts'
import { inParallel } from '../in-parallel.ts'
import { compareTable, prepareForCompare } from './compare.ts'
import type { Merge, MergedTable } from './merge-plan.ts'
import { changedRows, type MergeTable } from './merge-table.ts'

/**
 * Compares all tables, largest first, on a few sessions of their own: their change lists are committed at once, and stay
 * true because the coordinator holds the lock. A table with a blocking measure is locked against other sessions,
 * so the coordinator compares it itself.
 */
export async function compareTables(merge: Merge, mark: WriteMark): Promise<MergedTable[]> {
  const blocked = new Set(merge.blocking.map(({ rootOid }) => rootOid))
  const own = merge.tables.filter(({ target }) => blocked.has(target.oid))
  const shared = merge.tables
    .filter(({ target }) => !blocked.has(target.oid))
    .sort((a, b) => bytesOf(b) - bytesOf(a))

  const results: MergedTable[] = []
  for (const table of own) results.push(await compareOne(merge, mark, merge.coordinator, table))
  await inParallel(merge.target, merge.jobs, shared, prepareForCompare, async (session, table) => {
    results.push(await compareOne(merge, mark, session, table))
  })
  const order = new Map(merge.tables.map((table, index) => [table, index]))
  return results.sort((a, b) => (order.get(a.table) ?? 0) - (order.get(b.table) ?? 0))
}

async function compareOne(
  { report }: Merge,
  mark: WriteMark,
  session: Session,
  table: MergeTable,
): Promise<MergedTable> {
  const startedAt = performance.now()
  const { counts, marked } = await compareTable(session, table, mark)
  report({ type: 'table-compared', table: table.target.name, changedRows: changedRows(counts) })
  return { table, counts, marked, durationMs: performance.now() - startedAt }
}

function bytesOf({ target }: MergeTable): number {
  return target.members.reduce((total, member) => total + member.bytes, 0)
}
