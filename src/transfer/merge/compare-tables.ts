import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import type { WriteMark } from '../foreign-writes.ts'
import { inParallel } from '../in-parallel.ts'
import { countListed, countUnlisted, isUnchanged, listChanges, prepareForCompare } from './compare.ts'
import { expectAsLeft } from './expect-as-left.ts'
import { markTables } from './mark-tables.ts'
import type { ComparedTable, LockedMerge } from './merge-plan.ts'
import { type ChangeCounts, changedRows, type MergeTable } from './merge-table.ts'
import { READ_PLAINLY, type Reading } from './owner-rights.ts'
import { whileLocked } from './while-locked.ts'

/**
 * Compares all tables, largest first, on a few sessions of their own: their change lists are committed at once, and stay
 * true because the coordinator holds the lock. What a session cannot lock at once, the coordinator compares itself: a table with a blocking measure,
 * one with code of its owner's, which runs with rights that only this transaction gives, and one that a third session waits to lock whole, which stands between them and the coordinator.
 */
export async function compareTables(merge: LockedMerge, mark: WriteMark): Promise<ComparedTable[]> {
  const { tables, mode, target, jobs, coordinator, blocking, rights } = merge
  const marks = await markTables(merge, mark)
  expectAsLeft(marks)
  const compared = new Map<MergeTable, { readonly counts: ChangeCounts; readonly durationMs: number }>()
  const rowsOf = (table: MergeTable) => marks.get(table)?.now.rows ?? 0
  const remember = (table: MergeTable, counts: ChangeCounts, durationMs: number) => {
    compared.set(table, { counts, durationMs })
    const rows = changedRows(counts)
    merge.report({ type: 'table-compared', table: table.target.name, changedRows: rows, durationMs })
  }
  const compare = async (session: Session, table: MergeTable, reading: Reading) => {
    const startedAt = performance.now()
    await listChanges(session, table, rowsOf(table), reading)
    remember(table, await countListed(session, table, rowsOf(table)), performance.now() - startedAt)
  }

  // An owner's merge goes on from all change lists, empty ones too.
  const isListed = (table: MergeTable) => mode === 'owner' || !isUnchanged(table)
  for (const table of tables) if (!isListed(table)) remember(table, countUnlisted(table, rowsOf(table)), 0)
  const largestFirst = tables.filter(isListed).sort((a, b) => bytesOf(b) - bytesOf(a))
  const blocked = new Set(blocking.map(({ rootOid }) => rootOid))
  const isBlocked = (table: MergeTable) => blocked.has(table.target.oid) || rights.hasCode(table)
  const own = largestFirst.filter(isBlocked)
  const shared = largestFirst.filter((table) => !isBlocked(table))
  await inParallel(target, jobs, shared, async (session, table) => {
    const isDone = await whileLocked(session, table.target, async () => {
      await prepareForCompare(session)
      await compare(session, table, READ_PLAINLY)
      return true
    })
    if (isDone !== true) own.push(table)
  })
  for (const table of own) await compare(coordinator, table, rights.reading(table, landedFor(table)))

  return tables.map((table) => {
    const [found, marked] = [compared.get(table), marks.get(table)]
    if (found === undefined || marked === undefined) throw new Error('A table that was not compared')
    return { table, ...found, marked: marked.now }
  })
}

/** What a comparison reads besides the table. */
function landedFor({ rows }: MergeTable): TableName[] {
  const vanished = rows.kind === 'changed' ? rows.unchanged.vanished : undefined
  return [rows.table, ...(vanished === undefined ? [] : [vanished.keys])]
}

function bytesOf({ target }: MergeTable): number {
  return target.members.reduce((total, member) => total + member.bytes, 0)
}
