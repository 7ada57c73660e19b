import type { TableName } from '../../core/table-name.ts'
import { type KeptMark, keptMark, type MarkedRows } from '../../core/watermark.ts'
import type { LockedMerge } from '../merge/merge-plan.ts'
import type { MergeTable } from '../merge/merge-table.ts'
import { targetSql } from '../merge/row-sql.ts'
import { whileLocked } from '../merge/while-locked.ts'
import { isBroughtSql } from '../staying/list-staying.ts'
import { MARK_COLUMNS, markedSql, readTablesAtMarks, type WriteMark } from './foreign-writes.ts'
import { type MarkRequest, readMarks } from './read-marks.ts'
import { areUntouched } from './write-counters.ts'

/** The state of a locked table's rows before a merge. */
export interface TableMarks {
  /** The mark to store. */
  readonly mark: KeptMark
  /** Read against that mark. */
  readonly now: MarkedRows
  /** Read against the mark of the previous run, if only changed rows have landed. */
  readonly before: MarkedRows
  /** The server's statistics of all writes to the table, if they can be trusted. */
  readonly counters: string | undefined
}

/** Reads tables against their marks, except those that are known to be unwritten. */
export async function markTables(
  merge: LockedMerge,
  { snapshot, mergeXids }: WriteMark,
  untouched: ReadonlyMap<MergeTable, TableMarks>,
): Promise<ReadonlyMap<MergeTable, TableMarks>> {
  const tables = merge.tables.filter((table) => !untouched.has(table))
  const requests = tables.map((table) => ({
    table: table.target,
    snapshots: table.rows.kind === 'changed' ? [snapshot, table.rows.unchanged.left.snapshot] : [snapshot],
    isAlone: merge.rights.hasCode(table) || table.stays?.condition !== undefined,
    select: markedOf(table),
    lists: listsOf(table),
  }))
  const read = await readLockedMarks(merge, requests, mergeXids)
  const marks = new Map(untouched)
  for (const [index, table] of tables.entries()) {
    const [now, before = now] = read[index] ?? []
    if (now === undefined || before === undefined) throw new Error('Every table has a mark')
    marks.set(table, { mark: keptMark(undefined, snapshot), now, before, counters: undefined })
  }
  return marks
}

/**
 * The tables that no other session has written to, according to statistics. They are not read. They count as the previous run left them,
 * and keep its mark, so that the next run that reads them finds what the statistics have missed.
 */
export async function findUntouched({
  coordinator,
  target,
  tables,
  seenBefore,
}: LockedMerge): Promise<Map<MergeTable, TableMarks>> {
  const left = tables.flatMap((table) =>
    table.rows.kind === 'changed' ? [{ table, left: table.rows.unchanged.left }] : [],
  )
  const untouched = await areUntouched(
    target,
    coordinator,
    seenBefore,
    left.map(({ table, left: { writeCounters } }) => ({ table: table.target, writeCounters })),
  )
  return new Map(
    left
      .filter((_, index) => untouched[index] === true)
      .map(({ table, left: own }) => {
        const mark = keptMark(own, own.snapshot)
        return [table, { mark, now: own, before: own, counters: own.writeCounters }]
      }),
  )
}

/** A locked table to read against some marks. */
export interface LockedMarkRequest extends MarkRequest {
  /** Whether no other session may read it. */
  readonly isAlone: boolean
  /** How the session itself reads it, and the other relations that this takes. */
  readonly select: string
  readonly lists?: readonly TableName[]
}

/** Reads locked tables against marks, on a few sessions. The coordinator reads those that another session may not, or cannot lock at once. */
export async function readLockedMarks(
  { coordinator, target, jobs, rights }: Pick<LockedMerge, 'coordinator' | 'target' | 'jobs' | 'rights'>,
  requests: readonly LockedMarkRequest[],
  mergeXids: readonly string[],
): Promise<(readonly MarkedRows[])[]> {
  const shared = requests.filter(({ isAlone }) => !isAlone)
  const found = await readMarks(target, coordinator, {
    jobs,
    requests: shared,
    mergeXids,
    readPieces: whileLocked,
  })
  const marked = new Map(shared.map((request, index) => [request, found[index]]))
  const read: (readonly MarkedRows[])[] = []
  for (const request of requests) {
    const { table, snapshots, select, lists } = request
    const reading = rights.reading({ target: table }, lists)
    const alone = () =>
      reading(select, MARK_COLUMNS, (sql) =>
        readTablesAtMarks(coordinator, [`(${sql})`], snapshots, mergeXids),
      )
    read.push(marked.get(request) ?? (await alone()).flat())
  }
  return read
}

/**
 * A SELECT of the facts that are compared with marks. It leaves out rows that stay for their values, because other sessions may write them.
 */
export function markedOf(table: MergeTable): string {
  return `${markedSql(`${targetSql(table)} AS t`)} WHERE ${isBroughtSql(table, 't')}`
}

/** Other relations that {@link markedOf} reads. */
export function listsOf({ stays }: MergeTable): TableName[] {
  return stays === undefined ? [] : [stays.list]
}
