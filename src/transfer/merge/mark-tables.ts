import { type MarkedRows, readRowsAtMarks, type WriteMark } from '../foreign-writes.ts'
import { readMarks } from '../read-marks.ts'
import type { Merge } from './merge-plan.ts'
import type { MergeTable } from './merge-table.ts'
import { targetSql } from './row-sql.ts'
import { whileLocked } from './while-locked.ts'

/** How the rows of a locked table stand before a merge. */
export interface TableMarks {
  /** Against the mark of this merge. */
  readonly now: MarkedRows
  /** Against that of the run before, where only changed rows have landed. */
  readonly then: MarkedRows
}

/** Reads every table against its marks, on a few sessions; what those cannot lock at once, the coordinator reads itself. */
export async function markTables(
  { coordinator, target, jobs, tables, blocking }: Merge,
  { snapshot, mergeXids }: WriteMark,
): Promise<Map<MergeTable, TableMarks>> {
  const blocked = new Set(blocking.map(({ rootOid }) => rootOid))
  const requests = tables.map((table) => ({
    table: table.target,
    snapshots: [snapshot, ...marksBefore(table)],
  }))
  const marked = await readMarks(
    target,
    jobs,
    coordinator.serverVersion,
    requests,
    mergeXids,
    (session, table, read) =>
      blocked.has(table.oid) ? Promise.resolve(undefined) : whileLocked(session, table, read),
  )
  const marks = new Map<MergeTable, TableMarks>()
  for (const [index, table] of tables.entries()) {
    const snapshots = requests[index]?.snapshots ?? []
    const [now, then = now] =
      marked[index] ?? (await readRowsAtMarks(coordinator, targetSql(table), snapshots, mergeXids))
    if (now === undefined || then === undefined) throw new Error('Every table has a mark')
    marks.set(table, { now, then })
  }
  return marks
}

function marksBefore({ rows }: MergeTable): string[] {
  return rows.kind === 'changed' ? [rows.unchanged.left.mergeSnapshot] : []
}
