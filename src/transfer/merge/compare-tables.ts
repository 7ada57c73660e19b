import { sum } from '../../core/sum.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { batchesOf, tablesAtOnce } from '../../postgres/in-batches.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import type { Session } from '../../postgres/session.ts'
import { atWork } from '../../progress/progress.ts'
import type { WriteMark } from '../target-writes/foreign-writes.ts'
import { markTables, type TableMarks } from '../target-writes/mark-tables.ts'
import {
  countListed,
  countUnlisted,
  expectAllRows,
  isUnchanged,
  listChanges,
  listTogether,
  prepareForCompare,
  type SmallTable,
} from './compare.ts'
import { IncrementalReadError } from './incremental-read-error.ts'
import type { ComparedTable, LockedMerge } from './merge-plan.ts'
import { changedRows, isKeptForUndo, type MergeTable } from './merge-table.ts'
import { READ_PLAINLY, type Reading } from './owner-rights.ts'
import { whileLocked } from './while-locked.ts'

/**
 * Compares all tables, largest first, on a few other sessions. Their change lists are committed at once, and stay true because the
 * coordinator holds the lock. The coordinator itself compares the tables that a session cannot lock at once: those with a blocking measure;
 * those with code of their owner, which needs rights that only this transaction grants; and those that a third session waits to lock
 * exclusively, ahead of the other sessions.
 * @returns the tables with their change lists
 */
export async function compareTables(
  merge: LockedMerge,
  mark: WriteMark,
  untouched: ReadonlyMap<MergeTable, TableMarks>,
): Promise<ComparedTable[]> {
  const { tables, mode } = merge
  const marks = await markTables(merge, mark, untouched)
  expectAsLeft(marks)
  const comparing: Comparing = {
    merge,
    rowsOf: (table) => (marks.get(table)?.now.rows ?? 0) + (merge.staying.get(table) ?? 0),
    compared: new Map(),
  }
  // An owner's merge uses all change lists, including empty ones.
  const isListed = (table: MergeTable) => mode === 'owner' || !isUnchanged(table)
  for (const table of tables.filter((each) => !isListed(each)))
    remember(comparing, table, { table, counts: countUnlisted(comparing.rowsOf(table)), durationMs: 0 })
  const listed = tables.filter(isListed)
  const isEmpty = (table: MergeTable) => table.rows.kind === 'landing' && comparing.rowsOf(table) === 0
  await listAndCount(
    comparing,
    listed.filter((table) => !isEmpty(table)),
  )
  await takeAll(comparing, listed.filter(isEmpty))
  expectAllRows(tables.flatMap((table) => comparing.compared.get(table) ?? []))
  return tables.map((table) => {
    const [found, marked] = [comparing.compared.get(table), marks.get(table)]
    if (found === undefined || marked === undefined) throw new Error('A table that was not compared')
    // With spreads here and in remember(), V8 would make a hidden class for each object.
    const { isListedAlone = false, counts, durationMs } = found
    const { mark, now, counters } = marked
    return { table: found.table, isListedAlone, counts, durationMs, mark, marked: now, counters }
  })
}

interface Comparing {
  readonly merge: LockedMerge
  /** How many rows a table has before the merge. */
  readonly rowsOf: (table: MergeTable) => number
  /** By the planned table. */
  readonly compared: Map<MergeTable, Omit<ComparedTable, 'mark' | 'marked' | 'counters'>>
}

function remember(
  { merge, compared }: Comparing,
  planned: MergeTable,
  found: Pick<ComparedTable, 'table' | 'counts' | 'durationMs'> & { readonly isListedAlone?: boolean },
): void {
  const { table, counts, durationMs } = found
  compared.set(planned, { isListedAlone: false, ...found })
  const rows = changedRows(counts)
  merge.report({ type: 'table-compared', table: table.target.name, changedRows: rows, durationMs })
}

/** All wanted rows of an empty table are inserts. A list is needed only if some of them must wait. */
async function takeAll(comparing: Comparing, empty: readonly MergeTable[]): Promise<void> {
  const { merge, compared } = comparing
  const isStirred = [...compared.values()].some(({ counts }) => counts.m + counts.d > 0)
  if (merge.mode === 'owner' && isStirred) return listAndCount(comparing, empty)
  for (const table of empty) {
    const counts = { ...countUnlisted(0), i: table.rows.count }
    const isUndo = isKeptForUndo(table) && merge.rights.roleOf(table) === undefined
    const undo = isUndo ? table.rows.table : table.undo
    remember(comparing, table, {
      table: { ...table, changes: { kind: 'all' }, undo },
      counts,
      durationMs: 0,
    })
  }
}

async function listAndCount(comparing: Comparing, listed: readonly MergeTable[]): Promise<void> {
  if (listed.length === 0) return
  const { target, jobs, coordinator, blocking, rights, sharedList, report } = comparing.merge
  const amountOf = (tables: readonly MergeTable[]) =>
    sum(tables.map((table) => comparing.rowsOf(table) + table.rows.count))
  report({ type: 'stage-planned', stage: 'compare', total: amountOf(listed) })
  const piece = (tables: readonly MergeTable[]) => {
    return { stage: 'compare', name: namesOf(tables), amount: amountOf(tables) } as const
  }
  const compare = async (session: Session, table: MergeTable, reading: Reading) => {
    const startedAt = performance.now()
    const before = comparing.rowsOf(table)
    const staying = await listChanges(session, table, before, reading)
    const counts = await countListed(session, table, before, staying)
    const durationMs = performance.now() - startedAt
    remember(comparing, table, { table, counts, durationMs, isListedAlone: session === coordinator })
  }
  const compareTogether = async (session: Session, batch: readonly MergeTable[]) => {
    const startedAt = performance.now()
    const small = batch.map((table): SmallTable => {
      const changes = { kind: 'shared', table: sharedList, root: table.target.oid } as const
      return { table: { ...table, changes }, before: comparing.rowsOf(table) }
    })
    const counts = await listTogether(session, small)
    const durationMs = (performance.now() - startedAt) / batch.length
    for (const [at, planned] of batch.entries()) {
      const [own, found] = [small[at]?.table, counts[at]]
      if (own !== undefined && found !== undefined)
        remember(comparing, planned, { table: own, counts: found, durationMs })
    }
  }

  const blocked = new Set(blocking.map(({ rootOid }) => rootOid))
  // Only this transaction sees the lists of rows that stay.
  const isBlocked = (table: MergeTable) =>
    blocked.has(table.target.oid) || rights.hasCode(table) || table.stays !== undefined
  const isSmall = (table: MergeTable) =>
    rights.roleOf(table) === undefined && comparing.rowsOf(table) + table.rows.count <= FEW_ROWS
  const own = listed.filter(isBlocked)
  const shared = listed.filter((table) => !isBlocked(table)).sort((a, b) => bytesOf(b) - bytesOf(a))
  const batches = [
    ...shared.filter((table) => !isSmall(table)).map((table) => [table]),
    ...batchesOf(shared.filter(isSmall), await tablesAtOnce(coordinator, jobs)),
  ]
  await inParallel(target, jobs, batches, async (session, batch) => {
    const isDone = await whileLocked(
      session,
      batch.map((table) => table.target),
      async () => {
        await prepareForCompare(session)
        const [first] = batch
        await atWork(report, piece(batch), async () => {
          if (first !== undefined && !isSmall(first)) await compare(session, first, READ_PLAINLY)
          else await compareTogether(session, batch)
        })
        return true
      },
    )
    if (isDone !== true) own.push(...batch)
  })
  for (const table of own)
    await atWork(report, piece([table]), () =>
      compare(coordinator, table, rights.reading(table, landedFor(table))),
    )
}

/** Tables with up to this many rows are compared, and their changes listed, together with others. */
const FEW_ROWS = 1000

/** The name of a batch of tables in progress reports. */
export function namesOf(tables: readonly Pick<MergeTable, 'target'>[]): string {
  const [first, ...others] = tables.map(({ target }) => displayName(target.name))
  return others.length === 0 ? (first ?? '') : `${first} and ${others.length} more`
}

/** The other relations that a comparison reads. */
function landedFor({ rows, stays }: MergeTable): TableName[] {
  const { deleted, keys } = rows.kind === 'changed' ? rows.unchanged : {}
  return [rows.table, deleted, keys, stays?.list].flatMap((table) => table ?? [])
}

function bytesOf({ target }: MergeTable): number {
  return target.partitions.reduce((total, partition) => total + partition.bytes, 0)
}

/**
 * If only changed rows have landed, the others are known from the previous run, or were compared as these landed. So the table must contain exactly what was there
 * then.
 * @throws IncrementalReadError naming all tables that do not
 */
function expectAsLeft(marks: ReadonlyMap<MergeTable, TableMarks>): void {
  const written = [...marks].filter(([table, marked]) => !isAsLeft(table, marked))
  if (written.length === 0) return
  const tables = written.map(([{ target }]) => target.name)
  throw new IncrementalReadError(
    `${tables.map(displayName).join(', ')}: modified in the target since mbsync last read it`,
    { contradiction: 'written', tables, hint: 'The run reads the table in full, and makes it equal again.' },
  )
}

function isAsLeft({ rows }: MergeTable, { before }: TableMarks): boolean {
  if (rows.kind !== 'changed') return true
  const { left } = rows.unchanged
  return before.rows === left.rows && before.fingerprint === left.fingerprint
}
