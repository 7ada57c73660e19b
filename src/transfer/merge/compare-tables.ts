import type { Session } from '../../postgres/session.ts'
import type { WriteMark } from '../foreign-writes.ts'
import { inParallel } from '../in-parallel.ts'
import {
  addVanished,
  countListed,
  countUnlisted,
  createGoneList,
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
  const pieces = largestFirst
    .filter(({ rows }) => rows.kind === 'changed')
    .flatMap((table) => vanishedSql(table).map((sql) => ({ table, sql })))
  const lossy = new Set(pieces.map(({ table }) => table))
  const list = async (session: Session, table: MergeTable) => {
    await listChanges(session, table, rowsOf(table))
    if (!lossy.has(table)) await count(session, table)
  }
  const countLossy = async (session: Session, table: MergeTable) => {
    await addVanished(session, table)
    await count(session, table)
  }

  await work.share([...lossy].map((table) => ({ table, run: (session) => createGoneList(session, table) })))
  await work.share([
    ...largestFirst.map((table) => ({ table, run: (session: Session) => list(session, table) })),
    ...pieces.map(({ table, sql }) => ({
      table,
      run: (session: Session) => listVanished(session, table, sql),
    })),
  ])
  await work.share([...lossy].map((table) => ({ table, run: (session) => countLossy(session, table) })))

  return merge.tables.map((table) => {
    const [counted, marked] = [counts.get(table), marks.get(table)]
    if (counted === undefined || marked === undefined) throw new Error('A table that was not compared')
    return { table, counts: counted, marked: marked.now, durationMs: work.durationMs(table) }
  })
}

/** Something to do with a table. */
interface TableTask {
  readonly table: MergeTable
  readonly run: (session: Session) => Promise<void>
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

  async share(tasks: readonly TableTask[]): Promise<void> {
    const { target, jobs, coordinator } = this.#merge
    const timed = async (session: Session, { table, run }: TableTask) => {
      const startedAt = performance.now()
      await run(session)
      this.#durationsMs.set(table, this.durationMs(table) + performance.now() - startedAt)
    }
    const left = tasks.filter(({ table }) => this.#own.has(table))
    const shared = tasks.filter(({ table }) => !this.#own.has(table))
    await inParallel(target, jobs, shared, async (session, task) => {
      const isDone = await whileLocked(session, task.table.target, async () => {
        await prepareForCompare(session)
        await timed(session, task)
        return true
      })
      if (isDone !== true) left.push(task)
    })
    for (const task of left) {
      this.#own.add(task.table)
      await timed(coordinator, task)
    }
  }
}

function bytesOf({ target }: MergeTable): number {
  return target.members.reduce((total, member) => total + member.bytes, 0)
}
