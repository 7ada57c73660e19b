import type { Report } from '../../core/progress.ts'
import type { DeferrableConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Trigger } from '../../postgres/catalog/read-triggers.ts'
import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import type { MergeMode } from '../inspection.ts'
import type { BlockingMeasure } from '../validate/blocking-measures.ts'
import { applyChanges } from './apply-changes.ts'
import { checkConstraints } from './check-constraints.ts'
import { countChanges } from './compare.ts'
import { compareTables } from './compare-tables.ts'
import { foreignKeyEnds } from './foreign-key-ends.ts'
import { lockTables } from './lock-tables.ts'
import { type ChangeCounts, changesAnything, type MergeTable } from './merge-table.ts'
import { saveUndo, saveWrittenRows } from './save-undo.ts'
import { type SetSequence, setSequences, type WantedSequence } from './set-sequences.ts'
import { spreadReinserts } from './spread-reinserts.ts'

/** Everything that one merge needs to know. */
export interface Merge {
  /** The session that holds the run lock; the transaction is its own. */
  readonly coordinator: Session
  readonly target: Database
  readonly mode: MergeMode
  readonly tables: readonly MergeTable[]
  readonly sequences: readonly WantedSequence[]
  readonly foreignKeys: readonly ForeignKey[]
  /** The foreign keys that the source does not vouch for: checked before COMMIT where triggers do not. */
  readonly unprovenForeignKeys: readonly ForeignKey[]
  readonly deferrable: readonly DeferrableConstraint[]
  /** Every user trigger on the tables and their partitions that would fire in this mode. */
  readonly triggers: readonly Trigger[]
  /** What blocks readers for the length of the transaction; empty unless the user allowed it. */
  readonly blocking: readonly BlockingMeasure[]
  readonly jobs: number
  readonly report: Report
}

/** What a merge did to one table. */
export interface MergedTable {
  readonly table: MergeTable
  readonly counts: ChangeCounts
  readonly durationMs: number
}

/** What a merge did. */
export interface Merged {
  readonly tables: readonly MergedTable[]
  readonly sequences: readonly SetSequence[]
}

/**
 * Makes every table equal to what it is to become, in one transaction. Readers are not blocked and see the old rows until COMMIT;
 * writers wait. `beforeCommit` runs inside the transaction, so that what it writes is true exactly if the merge is; `afterLock` runs
 * before anything is compared, with the tables locked.
 */
export async function merge(
  merge: Merge,
  beforeCommit: (merged: Merged) => Promise<void>,
  afterLock: () => Promise<void> = async () => undefined,
): Promise<Merged> {
  const { coordinator } = merge
  merge.report({ type: 'merge-planned', tables: merge.tables.length })
  // READ COMMITTED, so that the coordinator sees the change lists that other sessions write meanwhile.
  return coordinator.transaction('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', async () => {
    await lockTables(merge)
    await afterLock()
    await runAll(coordinator, merge.blocking, ({ before }) => before)
    const compared = await compareTables(merge)
    const tables = merge.mode === 'owner' ? await spread(merge, compared) : compared
    const changed = tables.filter(({ counts }) => changesAnything(counts))
    for (const { table } of changed) await saveUndo(coordinator, table)
    await applyChanges(merge, changed)
    for (const { table } of changed) if (table.key === undefined) await saveWrittenRows(coordinator, table)
    if (merge.mode === 'replica role') await checkChanged(merge, changed)
    const sequences = await setSequences(coordinator, merge.sequences)
    await runAll(coordinator, merge.blocking, ({ after }) => after)
    const merged = { tables, sequences }
    await beforeCommit(merged)
    return merged
  })
}

async function runAll(
  session: Session,
  measures: readonly BlockingMeasure[],
  sqlOf: (measure: BlockingMeasure) => string,
): Promise<void> {
  for (const measure of measures) await session.execute(sqlOf(measure))
}

async function spread(merge: Merge, compared: readonly MergedTable[]): Promise<MergedTable[]> {
  const stirred = compared.filter(({ counts }) => counts.m + counts.d > 0).map(({ table }) => table)
  await spreadReinserts(merge.coordinator, foreignKeyEnds(merge.foreignKeys, merge.tables), new Set(stirred))
  const recounted: MergedTable[] = []
  for (const { table, counts, durationMs } of compared) {
    recounted.push({
      table,
      durationMs,
      counts: { ...counts, ...(await countChanges(merge.coordinator, table)) },
    })
  }
  return recounted
}

async function checkChanged(merge: Merge, changed: readonly MergedTable[]): Promise<void> {
  const oids = new Set(changed.flatMap(({ table }) => table.target.members.map((member) => member.oid)))
  await checkConstraints(
    merge.coordinator,
    merge.unprovenForeignKeys.filter(({ childOid, parentOid }) => oids.has(childOid) || oids.has(parentOid)),
    merge.deferrable.filter(({ relationOid }) => oids.has(relationOid)),
  )
}
