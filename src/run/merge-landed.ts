import type { RunRules } from '../config/config.ts'
import { settledInOrder } from '../core/settled-in-order.ts'
import type { TableName } from '../core/table-name.ts'
import type { UnvalidatedConstraint } from '../postgres/catalog/read-constraints.ts'
import type { Table } from '../postgres/catalog/table.ts'
import type { AfterRecord } from '../state/after.ts'
import { forgetCreated } from '../state/created-objects.ts'
import { expectRunLock } from '../state/run-lock.ts'
import { finishRun, type RunTable, totalOf } from '../state/runs.ts'
import { rememberSources } from '../state/sources.ts'
import { readMergeXids } from '../state/undo-sets.ts'
import { type NewWatermark, replaceWatermarks } from '../state/watermarks.ts'
import { expectSameTarget } from '../transfer/inspect/inspect-target.ts'
import type { Inspection, SequencePair } from '../transfer/inspect/inspection.ts'
import { countsOtherwise, numberedColumns } from '../transfer/inspect/sequence-columns.ts'
import { type Copied, NOTHING_COPIED } from '../transfer/land/copied.ts'
import { explainViolation } from '../transfer/merge/explain-violation.ts'
import { merge } from '../transfer/merge/merge.ts'
import { type MergedLargeObjects, mergeLargeObjects } from '../transfer/merge/merge-large-objects.ts'
import type { Merge, Merged, MergedTable } from '../transfer/merge/merge-plan.ts'
import { type MergeTable, mergeNames, mergeTable, sharedListName } from '../transfer/merge/merge-table.ts'
import type { WantedSequence } from '../transfer/merge/set-sequences.ts'
import { suspectIncrementalRead } from '../transfer/merge/suspect-incremental-read.ts'
import { firingTriggers } from '../transfer/merge/suspend-triggers.ts'
import { unprovenForeignKeys } from '../transfer/merge/unproven-foreign-keys.ts'
import { includeWrites } from '../transfer/undo/include-writes.ts'
import { blockingMeasures, obstaclesOf } from '../transfer/validate/blocking-measures.ts'
import type { AfterScript } from './after/read-scripts.ts'
import { type RanAfter, readAgain, runAfter } from './after/run-after.ts'
import { confirmCommit } from './confirm-commit.ts'
import { createLast } from './creation/create-objects.ts'
import { createAgain } from './follow/create-again.ts'
import { followSchema } from './follow/follow-schema.ts'
import { schemaWorkOf } from './follow/followed-changes.ts'
import { followsNothing } from './follow/plan-follow.ts'
import type { Unfollowed } from './follow/unfollowed.ts'
import type { LandedRun } from './land-parts.ts'
import {
  countsOf,
  describeLargeObjects,
  describeSequence,
  describeTable,
  maskedColumnsOf,
  type OutcomeOfMerge,
  outcomeOf,
} from './run-records.ts'
import type { OpenRun } from './with-run.ts'

/** The result of a merge, as jobs report it. */
export interface MergeOutcome extends OutcomeOfMerge {
  /** What SQL of `after` has done; undefined if none has run. */
  readonly after?: Pick<RanAfter, 'elsewhere'>
  /** Objects that kept their definition, because rows violate the one of the source. */
  readonly unfollowed?: readonly Unfollowed[]
}

/** Merges the landed rows, and finishes the run in the same transaction. */
export async function mergeLanded(
  rules: RunRules,
  run: OpenRun,
  first: LandedRun,
  violated: readonly UnvalidatedConstraint[],
  after: readonly AfterScript[] = [],
): Promise<MergeOutcome> {
  const { target, context } = run
  context.report({ type: 'phase', phase: 'merge' })
  const { follow } = first.creation ?? {}
  let landed = first
  let objects: MergedLargeObjects | undefined
  let ran: RanAfter | undefined
  let unfollowed: readonly Unfollowed[] = []
  let known: ReadonlySet<string> = new Set()
  const merged = await confirmCommit(run, (remember) =>
    merge(planMerge(rules, run, landed, violated), {
      ...(follow === undefined || followsNothing(follow)
        ? {}
        : {
            prepare: async () => {
              landed = await followSchema(run.coordinator, first, follow)
              return planMerge(rules, run, landed, violated)
            },
          }),
      locked: async () => {
        const { inspection } = landed
        await settledInOrder([
          expectRunLock(run.coordinator),
          expectSameTarget(run.coordinator, inspection.selection, inspection.target),
        ])
      },
      alsoWrite: async (done, locked) => {
        if (landed.largeObjects !== undefined)
          objects = await mergeLargeObjects(run.coordinator, landed.largeObjects)
        unfollowed = await createAgain(run.coordinator, follow)
        await createLast(
          target,
          run.coordinator,
          landed.inspection.target.mode,
          landed.creation?.last ?? [],
          rules,
        )
        if (after.length === 0) return done
        known = new Set(done.mark.mergeXids)
        ran = await runAfter(run.coordinator, run.id, after, partitionsOf(landed.inspection), context)
        const sequences = await readAgain(run.coordinator, done.sequences)
        return includeWrites(locked, { ...done, sequences }, ran.written)
      },
      beforeCommit: async (done) => {
        const childXids = ran === undefined ? [] : done.mark.mergeXids.filter((xid) => !known.has(xid))
        await recordRun(run, { ...landed, watermarks: landed.watermarksOf(landed.inspection) }, done, {
          copiedOf: (table) => landedOf(landed, table),
          mode: landed.unchanged.values().every(({ isReadInFull }) => isReadInFull) ? 'full' : 'incremental',
          objectTables: describeLargeObjects(objects, landed.largeObjects),
          after: ran?.record,
          unfollowed,
          ...(childXids.length === 0 ? {} : { childXids }),
        })
        remember(done)
      },
    }),
  ).catch((error: unknown) => {
    const isIncremental = (table: TableName) => landed.unchanged.has(table)
    const { inspection } = landed
    throw suspectIncrementalRead(error, inspection, isIncremental) ?? explainViolation(error, inspection)
  })
  const outcome = {
    ...outcomeOf(merged, (table) => landedOf(landed, table).durationMs),
    ...(ran === undefined ? {} : { after: ran }),
    unfollowed,
  }
  const [ofObjects] = describeLargeObjects(objects, landed.largeObjects)
  if (ofObjects === undefined) return outcome
  const { name: table, inserted, updated, deleted, unchanged, durationMs } = ofObjects
  return {
    ...outcome,
    outcomes: [...outcome.outcomes, { table, inserted, updated, deleted, unchanged, durationMs }],
  }
}

/** Records what a run has done, in the transaction that does it: both are true together, or neither. */
export async function recordRun(
  { coordinator, id }: OpenRun,
  { inspection, backup, watermarks, lineage, creation }: RecordedRun,
  { tables, sequences, mark }: Merged,
  { copiedOf, mode, objectTables = [], childXids, after, unfollowed = [] }: RecordedWork,
): Promise<void> {
  const written = inspection.pairs.map((pair) => pair.target.name)
  await settledInOrder([
    // Code of a table's owner may have released it.
    expectRunLock(coordinator),
    finishRun(coordinator, id, {
      tables: describeTables(inspection, tables, copiedOf, objectTables),
      total: totalOf([...tables.map((table) => countsOf(table, copiedOf(table.table))), ...objectTables]),
      sequences: sequences.map(describeSequence),
      backup,
      mode,
      mergeSnapshot: mark.snapshot,
      ...(childXids === undefined ? {} : { childXids }),
      after,
    }),
    ...(creation === undefined ? [] : [forgetCreated(coordinator, id, schemaWorkOf(creation, unfollowed))]),
    replaceWatermarks(coordinator, id, written, watermarks),
    rememberSources(coordinator, lineage),
  ])
}

/** One after the other, as thousands of them are written in several statements. */
function* describeTables(
  { source, pairs }: Inspection,
  tables: readonly MergedTable[],
  copiedOf: RecordedWork['copiedOf'],
  others: readonly RunTable[],
): Iterable<RunTable> {
  const masked = new Map(
    pairs.flatMap((pair) => {
      const isPlain = pair.source.masked === undefined && pair.source.maskDigests === undefined
      return isPlain ? [] : [[pair.target.oid, maskedColumnsOf(pair.source, source)] as const]
    }),
  )
  for (const merged of tables) {
    const { table } = merged
    const columns = masked.get(table.target.oid)
    const described = describeTable(merged, copiedOf(table))
    yield columns === undefined ? described : { ...described, masked: columns }
  }
  yield* others
}

/** The facts about a run that are recorded. */
export interface RecordedRun extends Pick<LandedRun, 'inspection' | 'backup' | 'lineage' | 'creation'> {
  readonly watermarks: Iterable<NewWatermark>
}

interface RecordedWork extends Pick<MergeOutcome, 'unfollowed'> {
  readonly copiedOf: (table: MergeTable) => Copied
  readonly mode: 'full' | 'incremental'
  readonly objectTables?: readonly RunTable[]
  readonly childXids?: readonly string[]
  readonly after?: AfterRecord | undefined
}

/** The relations that hold the rows of a run, by object id. */
export function partitionsOf({ pairs }: Pick<Inspection, 'pairs'>): ReadonlySet<number> {
  return new Set(pairs.flatMap(({ target }) => target.partitions.map(({ oid }) => oid)))
}

function planMerge(
  rules: RunRules,
  run: OpenRun,
  landed: LandedRun,
  violated: readonly UnvalidatedConstraint[],
): Merge {
  const { inspection, names } = landed
  const looks = [...landed.unchanged.values()].flatMap(({ left }) => left.lookedIn ?? [])
  return {
    coordinator: run.coordinator,
    target: run.target,
    mode: inspection.target.mode,
    tables: inspection.pairs.map((pair) => {
      const { name } = pair.target
      const ownNames = names.get(name) ?? mergeNames(run.id, 0)
      const { rows } = landed.landed.get(name) ?? NOTHING_COPIED
      return mergeTable(
        pair,
        ownNames,
        rows,
        landed.unchanged.get(name),
        landed.textColumns.get(pair.target.oid),
      )
    }),
    sequences: wantedSequences(inspection),
    foreignKeys: inspection.target.foreignKeys,
    unprovenForeignKeys: unprovenForeignKeys(inspection),
    deferrable: inspection.target.deferrable,
    triggers: firingTriggers(inspection.target.triggers, inspection.target.mode),
    // If these were not allowed, validation has already refused the run.
    blocking: blockingMeasures(obstaclesOf(inspection, violated)),
    readMergeXids: () => readMergeXids(run.coordinator, looks),
    seenBefore: run.seen,
    sharedList: sharedListName(run.id),
    jobs: rules.jobs,
    report: run.context.report,
  }
}

/** The sequences that a run sets. If only tables that stay whole use a sequence, it is the target's own. */
export function wantedSequences({ sequences, pairs, target: { tables } }: Inspection): WantedSequence[] {
  const whole = partitionsOf({ pairs: pairs.filter(({ stays }) => stays?.isWhole === true) })
  // Rows that stay have numbers of the sequence that the source does not know.
  const staying = partitionsOf({ pairs: pairs.filter(({ stays }) => stays !== undefined) })
  return sequences
    .filter(
      ({ target: { columns } }) =>
        columns.length === 0 || columns.some(({ tableOid }) => !whole.has(tableOid)),
    )
    .map((pair) => wantedSequence(pair, tables, staying))
}

/** If no source sequence counts in the same direction, the values in the rows decide. */
function wantedSequence(
  { target, sources, isShared }: SequencePair,
  tables: readonly Table[],
  staying: ReadonlySet<number>,
): WantedSequence {
  const hasStaying = target.columns.some(({ tableOid }) => staying.has(tableOid))
  const values = sources.flatMap((source) => (countsOtherwise(source, target) ? [] : (source.value ?? [])))
  const columns = values.length > 0 && !hasStaying ? [] : numberedColumns(target, tables)
  return { name: target.name, values, columns, isShared: isShared || hasStaying }
}

function landedOf({ landed }: LandedRun, table: MergeTable): Copied {
  return landed.get(table.target.name) ?? NOTHING_COPIED
}
