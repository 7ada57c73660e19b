import type { Session } from '../../postgres/session.ts'
import type { WriteMark } from '../foreign-writes.ts'
import { inParallel } from '../in-parallel.ts'
import {
  countListed,
  countUnlisted,
  isUnchanged,
  listChanges,
  listVanished,
  prepareForCompare,
} from './compare.ts'
import { vanishedSql } from './compare-sql.ts'
import { expectAsLeft } from './expect-as-left.ts'
import { markTables } from './mark-tables.ts'
import type { ComparedTable, Merge } from './merge-plan.ts'
import { type ChangeCounts, changedRows, type MergeTable } from './merge-table.ts'
import { whileLocked } from './while-locked.ts'

/**
 * Compares all tables, largest first, on a few sessions of their own: their change lists are committed at once, and stay
 * true because the coordinator holds the lock. Where only changed rows have landed, rows that have gone are looked for piece by piece.
 */
export async function compareTables(merge: Merge, mark: WriteMark): Promise<ComparedTable[]> {
  const marks = await markTables(merge, mark)
  expectAsLeft(marks)
  const work = new SharedWork(merge)
  const counts = new Map<MergeTable, ChangeCounts>()
  const rowsOf = (table: MergeTable) => marks.get(table)?.now.rows ?? 0
  const remember = (table: MergeTable, counted: ChangeCounts) => {
    counts.set(table, counted)
    const durationMs = work.durationMs(table)
    merge.report({
      type: 'table-compared',
      table: table.target.name,
      changedRows: changedRows(counted),
      durationMs,
    })
  }
  const count = async (session: Session, table: MergeTable) =>
    remember(table, await countListed(session, table, rowsOf(table)))

  // An owner's merge goes on from all change lists, empty ones too.
  const isListed = (table: MergeTable) => merge.mode === 'owner' || !isUnchanged(table)
  for (const table of merge.tables) if (!isListed(table)) remember(table, countUnlisted(table, rowsOf(table)))
  const largestFirst = merge.tables.filter(isListed).sort((a, b) => bytesOf(b) - bytesOf(a))
  const lossy = largestFirst
    .filter(({ rows }) => rows.kind === 'changed')
    .map((table) => ({ table, pieces: vanishedSql(table) }))
    .filter(({ pieces }) => pieces.length > 0)
  const isLossy = new Set(lossy.map(({ table }) => table))

  await work.share(
    largestFirst,
    (table) => table,
    async (session, table) => {
      await listChanges(session, table, rowsOf(table))
      if (!isLossy.has(table)) await count(session, table)
    },
  )
  const pieces = lossy.flatMap(({ table, pieces: own }) => own.map((sql) => ({ table, sql })))
  await work.share(
    pieces,
    ({ table }) => table,
    (session, { table, sql }) => listVanished(session, table, sql),
  )
  await work.share([...isLossy], (table) => table, count)

  return merge.tables.map((table) => {
    const [counted, marked] = [counts.get(table), marks.get(table)]
    if (counted === undefined || marked === undefined) throw new Error('A table that was not compared')
    return { table, counts: counted, marked: marked.now, durationMs: work.durationMs(table) }
  })
}

/**
 * Work on tables that are locked, on several sessions. What those cannot lock at once, the coordinator does itself, and from then on
 * all of that table, as nobody else sees what it has written: a table with a blocking measure, and one that a third session waits to lock whole,
 * which stands between them and the coordinator.
 */
class SharedWork {
  readonly #merge: Merge
  readonly #own: Set<MergeTable>
  readonly #durationsMs = new Map<MergeTable, number>()

  constructor(merge: Merge) {
    const blocked = new Set(merge.blocking.map(({ rootOid }) => rootOid))
    this.#merge = merge
    this.#own = new Set(merge.tables.filter(({ target }) => blocked.has(target.oid)))
  }

  durationMs(table: MergeTable): number {
    return this.#durationsMs.get(table) ?? 0
  }

  async share<T>(
    items: readonly T[],
    tableOf: (item: T) => MergeTable,
    work: (session: Session, item: T) => Promise<void>,
  ): Promise<void> {
    const { target, jobs, coordinator } = this.#merge
    const timed = async (session: Session, item: T) => {
      const startedAt = performance.now()
      await work(session, item)
      const table = tableOf(item)
      this.#durationsMs.set(table, this.durationMs(table) + performance.now() - startedAt)
    }
    const left = items.filter((item) => this.#own.has(tableOf(item)))
    const shared = items.filter((item) => !this.#own.has(tableOf(item)))
    await inParallel(target, jobs, shared, async (session, item) => {
      const table = tableOf(item)
      const isDone = await whileLocked(session, table.target, async () => {
        await prepareForCompare(session)
        await timed(session, item)
        return true
      })
      if (isDone !== true) left.push(item)
    })
    for (const item of left) {
      this.#own.add(tableOf(item))
      await timed(coordinator, item)
    }
  }
}

function bytesOf({ target }: MergeTable): number {
  return target.members.reduce((total, member) => total + member.bytes, 0)
}
