import type { TableName } from '../../core/table-name.ts'
import type { LockedMerge } from '../merge/merge-plan.ts'
import type { MergeTable } from '../merge/merge-table.ts'
import { targetSql } from '../merge/row-sql.ts'
import { whileLocked } from '../merge/while-locked.ts'
import { isBroughtSql } from '../staying/list-staying.ts'
import {
  MARK_COLUMNS,
  type MarkedRows,
  markedSql,
  readTablesAtMarks,
  type WriteMark,
} from './foreign-writes.ts'
import { type KeptMark, keptMark } from './kept-mark.ts'
import { readMarks } from './read-marks.ts'
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
  mark: WriteMark,
  untouched: ReadonlyMap<MergeTable, TableMarks>,
): Promise<Map<MergeTable, TableMarks>> {
  const read = await readTables(
    merge,
    merge.tables.filter((table) => !untouched.has(table)),
    mark,
  )
  return new Map([...untouched, ...read])
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

/** Uses a few sessions. Tables that these cannot lock at once are read by the coordinator. */
async function readTables(
  { coordinator, target, jobs, blocking, rights }: LockedMerge,
  tables: readonly MergeTable[],
  { snapshot, mergeXids }: WriteMark,
): Promise<Map<MergeTable, TableMarks>> {
  const isOwn = (table: MergeTable) => rights.hasCode(table) || table.stays?.condition !== undefined
  const coded = tables.filter(isOwn).map((table) => table.target.oid)
  const blocked = new Set([...blocking.map(({ rootOid }) => rootOid), ...coded])
  const snapshotsOf = ({ rows }: MergeTable) =>
    rows.kind === 'changed' ? [snapshot, rows.unchanged.left.snapshot] : [snapshot]
  const shared = tables.filter(({ target: { oid } }) => !blocked.has(oid))
  const read = await readMarks(target, coordinator, {
    jobs,
    requests: shared.map((table) => ({ table: table.target, snapshots: snapshotsOf(table) })),
    mergeXids,
    readPieces: whileLocked,
  })
  const marked = new Map(shared.map((table, index) => [table, read[index]]))
  const marks = new Map<MergeTable, TableMarks>()
  for (const table of tables) {
    const snapshots = snapshotsOf(table)
    const [now, before = now] =
      marked.get(table) ??
      (await rights.reading(table, listsOf(table))(markedOf(table), MARK_COLUMNS, async (select) => {
        const [rows = []] = await readTablesAtMarks(coordinator, [`(${select})`], snapshots, mergeXids)
        return rows
      }))
    if (now === undefined || before === undefined) throw new Error('Every table has a mark')
    marks.set(table, { mark: keptMark(undefined, snapshot), now, before, counters: undefined })
  }
  return marks
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
