import { mapInPlace } from '../../core/map-in-place.ts'
import { settledInOrder } from '../../core/settled-in-order.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { userPath, withUserPath } from '../../postgres/user-path.ts'
import { atWork } from '../../progress/progress.ts'
import { expectKeptParents } from '../staying/expect-kept-parents.ts'
import { listStaying } from '../staying/list-staying.ts'
import { expectOwnWrites, readWrittenRows } from '../target-writes/expect-own-writes.ts'
import type { WriteMark } from '../target-writes/foreign-writes.ts'
import { findUntouched, type TableMarks } from '../target-writes/mark-tables.ts'
import { readWriteCounters } from '../target-writes/write-counters.ts'
import { FIND_BY_POSITION, saveUndo, saveWrittenRows } from '../undo/save-undo.ts'
import type { BlockingMeasure } from '../validate/blocking-measures.ts'
import { applyChanges } from './apply-changes.ts'
import { createSharedListSql } from './change-list.ts'
import { checkConstraints } from './check-constraints.ts'
import { countChanges, countTogether, isUnchanged } from './compare.ts'
import { compareTables } from './compare-tables.ts'
import { foreignKeyEnds } from './foreign-key-ends.ts'
import { lockingSql } from './lock-tables.ts'
import type { ComparedTable, LockedMerge, Merge, Merged, MergedTable } from './merge-plan.ts'
import { changesAnything, type MergeTable } from './merge-table.ts'
import { OwnerRights } from './owner-rights.ts'
import { readOwners } from './read-owners.ts'
import { advanceSequences, setSequences } from './set-sequences.ts'
import { spreadReinserts } from './spread-reinserts.ts'
import { delayReaders, readTableReads, type TableReads } from './table-reads.ts'

/** The steps that a caller adds to the transaction of a merge. */
export interface MergeSteps {
  /** With the tables locked, if their definitions change first. Returns the merge of the changed tables. */
  readonly prepare?: () => Promise<Merge>
  /** With the tables locked, before anything else. */
  readonly locked: () => Promise<void>
  /** Once the rows can be read, before anything is compared. */
  readonly readable?: () => Promise<void>
  /** Once all rows and sequences are written. It writes more, and returns the merge with that included. */
  readonly alsoWrite?: (merged: Merged, merge: LockedMerge) => Promise<Merged>
  /** At the end. Its writes commit exactly if the merge does. */
  readonly beforeCommit: (merged: Merged) => Promise<void>
}

/**
 * Makes every table equal to its wanted rows, in one transaction. Readers are not blocked, and see the old rows until COMMIT. Writers wait.
 */
export async function merge(plan: Merge, steps: MergeSteps): Promise<Merged> {
  const { coordinator } = plan
  plan.report({ type: 'merge-planned', tables: plan.tables.length })
  if (plan.mode === 'owner' || plan.tables.some((table) => !isUnchanged(table)))
    await coordinator.define(createSharedListSql(plan.sharedList))
  // READ COMMITTED, so that the coordinator sees the change lists that other sessions commit meanwhile.
  return coordinator.transaction([BEGIN, ...lockingSql(plan)].join('; '), async () => {
    const now = (await steps.prepare?.()) ?? plan
    const [rights, mark] = await readLocked(now, steps)
    const locked = { ...now, rights, staying: new Map<MergeTable, number>() }
    await runAll(coordinator, locked.blocking, ({ before }) => before)
    await typeLandedTexts(locked)
    await steps.readable?.()
    const merge = { ...locked, staying: await listAllStaying(locked) }
    const untouched = await findUntouched(merge)
    const { tables, written } = isQuiet(merge, untouched)
      ? { tables: await compareTables(merge, mark, untouched), written: NOTHING_WRITTEN }
      : await withUserPath(coordinator, 'reading', () => mergeTables(merge, mark, untouched))
    // Other sessions would wait for objects that this transaction has changed.
    const target = steps.prepare === undefined ? merge.target : undefined
    const sequences = await setSequences({ ...merge, target })
    await runAll(coordinator, merge.blocking, ({ after }) => after)
    await merge.rights.takeBack()
    const done = { mark, tables: await countWrites(merge, tables, written), sequences }
    await advanceSequences(coordinator, sequences)
    const merged = (await steps.alsoWrite?.(done, merge)) ?? done
    await steps.beforeCommit(merged)
    return merged
  })
}

const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE'

/** Lists the rows of each table that stay for their values. */
async function listAllStaying({
  coordinator,
  tables,
  rights,
}: LockedMerge): Promise<ReadonlyMap<MergeTable, number>> {
  const listed = new Map<MergeTable, number>()
  for (const table of tables) {
    if (table.stays === undefined) continue
    const list = () => listStaying(coordinator, table, rights.reading(table))
    listed.set(table, await withUserPath(coordinator, 'reading', list))
  }
  return listed
}

/** Queries that need the tables to be locked, sent together. */
async function readLocked(plan: Merge, { locked }: MergeSteps): Promise<readonly [OwnerRights, WriteMark]> {
  const { coordinator, seenBefore, tables } = plan
  const looksAtRows = seenBefore.sessions.length > 0 || !tables.every(isUnchanged)
  // It is awaited where it is used: it takes another answer than these.
  if (looksAtRows) userPath(coordinator).catch(() => undefined)
  const [, rights, mark] = await settledInOrder([locked(), readRights(plan), takeMark(plan)])
  return [rights, mark]
}

/** Whether no row of any table must be read. */
function isQuiet({ mode, tables }: LockedMerge, untouched: ReadonlyMap<MergeTable, TableMarks>): boolean {
  return mode !== 'owner' && tables.every((table) => isUnchanged(table) && untouched.has(table))
}

const NOTHING_WRITTEN: ReadonlyMap<MergeTable, ComparedTable> = new Map()

async function mergeTables(
  merge: LockedMerge,
  mark: WriteMark,
  untouched: ReadonlyMap<MergeTable, TableMarks>,
): Promise<{ tables: ComparedTable[]; written: ReadonlyMap<MergeTable, ComparedTable> }> {
  const { coordinator } = merge
  const compared = await compareTables(merge, mark, untouched)
  if (compared.some(({ table }) => table.changes.kind === 'shared'))
    await coordinator.execute(`ANALYZE ${relation(merge.sharedList)}`)
  const reads = await readTableReads(
    coordinator,
    compared.filter(({ counts }) => changesAnything(counts)).map(({ table }) => table),
  )
  const tables = merge.mode === 'owner' ? await spread(merge, compared, reads) : compared
  const changed = tables.filter(({ counts }) => changesAnything(counts))
  if (changed.length === 0) return { tables, written: NOTHING_WRITTEN }
  const listed = { ...merge, tables: tables.map(({ table }) => table) }
  await expectKeptParents(listed)
  const keptMs = await saveUndo(listed, changed)
  await coordinator.execute(FIND_BY_POSITION)
  const kept = changed.map((each) => {
    return { ...each, durationMs: each.durationMs + (keptMs.get(each.table) ?? 0) }
  })
  const writtenBefore = await readWrittenRows(coordinator, listed.tables)
  const written = await applyChanges(listed, mark, kept, reads)
  expectOwnWrites(merge, tables, writtenBefore, await readWrittenRows(coordinator, listed.tables))
  await coordinator.execute('SET LOCAL random_page_cost TO DEFAULT')
  for (const each of changed) if (each.table.key === undefined) await saveWrittenRows(merge, each)
  if (merge.mode === 'replica role') await checkChanged(merge, changed)
  return { tables, written }
}

/** mbsync's own writes carry this transaction's id. */
async function takeMark({ coordinator, readMergeXids }: Merge): Promise<WriteMark> {
  const [{ snapshot, xid }, mergeXids] = await Promise.all([
    coordinator.queryOne<{ snapshot: string; xid: string }>(
      'SELECT txid_current_snapshot()::text AS snapshot, txid_current()::text AS xid',
    ),
    readMergeXids(),
  ])
  return { snapshot, mergeXids: [...mergeXids, xid] }
}

/** The facts by which the next run recognizes writes of other sessions. If statistics have just vouched for all tables, they still do. */
async function countWrites(
  { coordinator }: Merge,
  compared: ComparedTable[],
  written: ReadonlyMap<MergeTable, ComparedTable>,
): Promise<MergedTable[]> {
  const known = written.size === 0 && compared.every(({ counters }) => counters !== undefined)
  const counters = known
    ? compared.map((table) => table.counters)
    : await readWriteCounters(
        coordinator,
        compared.map(({ table }) => table.target),
      )
  return mapInPlace(compared, (each, index) => {
    // With a spread, V8 would make a hidden class for each object.
    const { table, isListedAlone = false, counts, mark, marked, ...rest } = written.get(each.table) ?? each
    const [writeCounters, durationMs] = [counters[index], rest.durationMs]
    return { table, isListedAlone, counts, mark, marked, counters: rest.counters, durationMs, writeCounters }
  })
}

async function runAll(
  session: Session,
  measures: readonly BlockingMeasure[],
  sqlOf: (measure: BlockingMeasure) => string,
): Promise<void> {
  // Tables with a constraint from the same parent have the same measure.
  for (const sql of new Set(measures.map(sqlOf))) await session.defineFrom(sql)
}

/** If no parent is deleted, none is inserted again, and no child must wait for one. */
async function spread(
  merge: LockedMerge,
  compared: readonly ComparedTable[],
  reads: TableReads,
): Promise<ComparedTable[]> {
  const stirred = compared.filter(({ counts }) => counts.m + counts.d > 0).map(({ table }) => table)
  if (stirred.length === 0) return [...compared]
  const tables = compared.map(({ table }) => table)
  const ends = foreignKeyEnds(merge.foreignKeys, tables)
  const late = await delayReaders(merge.coordinator, reads, ends)
  await spreadReinserts(merge.coordinator, ends, new Set([...stirred, ...late]))
  const together = compared.filter(({ table }) => table.changes.kind === 'shared')
  const counted = await countTogether(
    merge.coordinator,
    together.map(({ table }) => table),
  )
  const recounted: ComparedTable[] = []
  for (const merged of compared) {
    const { table, counts } = merged
    const found = counted[together.indexOf(merged)] ?? (await countChanges(merge.coordinator, table))
    recounted.push({ ...merged, counts: { ...counts, ...found } })
  }
  return recounted
}

/** An owner's merge writes all tables in one statement, with the rights of one role: its own. */
async function readRights({ coordinator, tables, mode }: Merge): Promise<OwnerRights> {
  return new OwnerRights(coordinator, mode === 'owner' ? new Map() : await readOwners(coordinator, tables))
}

async function checkChanged(merge: LockedMerge, changed: readonly ComparedTable[]): Promise<void> {
  const oids = new Set(
    changed.flatMap(({ table }) => table.target.partitions.map((partition) => partition.oid)),
  )
  const foreignKeys = merge.unprovenForeignKeys.filter(
    ({ childOid, parentOid }) => oids.has(childOid) || oids.has(parentOid),
  )
  const deferrable = merge.deferrable.filter(({ relationOid }) => oids.has(relationOid))
  const amount = foreignKeys.length + deferrable.length
  const check = () =>
    checkConstraints(
      merge,
      foreignKeys,
      deferrable,
      changed.map(({ table }) => table),
    )
  if (amount === 0) return check()
  merge.report({ type: 'stage-planned', stage: 'check', total: amount })
  await atWork(merge.report, { stage: 'check', name: 'constraints', amount }, check)
}

/** Converts columns that landed as text to their types, with the rights of the roles whose code that runs. */
async function typeLandedTexts({ coordinator, tables, rights }: LockedMerge): Promise<void> {
  for (const table of tables) {
    const { rows, columns } = table
    if (rows.kind !== 'landing' || rows.asText.length === 0) continue
    const values = columns.map(({ name, baseType }) =>
      rows.asText.includes(name) ? `l.${identifier(name)}::${baseType}` : `l.${identifier(name)}`,
    )
    const definitions = columns.map(({ name, baseType }) => `${identifier(name)} ${baseType}`)
    const select = `SELECT ${values.join(', ')} FROM ${relation(rows.texts)} AS l`
    await rights.reading(table, [rows.texts])(select, definitions, (typed) =>
      coordinator.defineFrom(
        `CREATE UNLOGGED TABLE ${relation(rows.table)} (${columns.map(({ name }) => identifier(name)).join(', ')}) WITH (autovacuum_enabled = false) AS ${typed}`,
      ),
    )
  }
}
