import type { RunRules } from '../config/config.ts'
import { coded } from '../core/finding.ts'
import { sum } from '../core/sum.ts'
import {
  groupByTable,
  type ReadonlyTableMap,
  type ReadonlyTableSet,
  TableMap,
  TableSet,
} from '../core/table-map.ts'
import { chooseReads, isHidden, type ReadRules, type TableRead } from '../incremental/decide-reads.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { MaskedTable } from '../state/masked-tables.ts'
import type { StoredWatermark } from '../state/watermarks.ts'
import { copiedColumns, keptColumns } from '../transfer/inspect/columns.ts'
import { columnFacts, digestOf, typeFacts } from '../transfer/inspect/fingerprint.ts'
import type {
  Inspection,
  Selection,
  SourceServer,
  TablePair,
  TargetCatalog,
} from '../transfer/inspect/inspection.ts'
import { referringPairs } from '../transfer/inspect/large-object-columns.ts'
import { readHistories } from '../transfer/inspect/read-histories.ts'
import { readOwners, type TableOwner } from '../transfer/merge/read-owners.ts'
import { binaryTables } from '../transfer/source/binary-tables.ts'
import type { Part } from '../transfer/source/part.ts'
import type { RowSource } from '../transfer/source/row-source.ts'
import { checkKeep } from '../transfer/staying/check-keep.ts'
import { findRoomForLocks, type MayWrite, readLockRoom } from '../transfer/validate/find-room-for-locks.ts'
import { validateHistories } from '../transfer/validate/histories.ts'
import { validateTrust } from '../transfer/validate/untrusted.ts'
import { compareFindings } from '../transfer/validate/validate.ts'
import { chooseComparable } from './choose-comparable.ts'
import { chooseBinary } from './choose-form.ts'
import { describePlannedTable } from './describe-planned-table.ts'
import { findUnmaskedAgain } from './find-unmasked-again.ts'
import { fitToTarget } from './fit-to-target.ts'
import { splitAccepted } from './is-accepted.ts'
import { chooseStrategy, refuseMerge, type Strategy, type StrategyFacts } from './load/choose-strategy.ts'
import { type DatabaseFacts, type RunOptions, type RunPlan, UNDECIDED } from './run-plan.ts'
import { takeRawRows } from './take-raw-rows.ts'

/** A plan, together with the facts that it was made from. */
export interface PlannedRun {
  readonly plan: RunPlan
  readonly inspection: Inspection
  /** The parts of all tables, as if all were read in full. */
  readonly parts: readonly Part[]
  readonly reads: ReadonlyTableMap<TableRead>
  /** The copied columns that land as text, by the object id of the target's table. */
  readonly textColumns: ReadonlyMap<number, readonly string[]>
  /** The tables whose rows travel in the binary form. */
  readonly binary: ReadonlyTableSet
  /** Whole tables that can be compared with the target while they land. */
  readonly comparable: readonly Part[]
}

/** The catalog of the target. */
export interface TargetState {
  readonly catalog: Promise<TargetCatalog>
  /** The catalog that the target will have, because the run changes it; if missing, the one that was read. */
  readonly asFollowed?: (catalog: TargetCatalog) => TargetCatalog
  /** What earlier runs have stored. */
  readonly watermarks: Promise<ReadonlyTableMap<StoredWatermark>>
  /** What the last run of each table brought masked. */
  readonly lastMasked: Promise<readonly MaskedTable[]>
}

/** The input of a plan. */
export interface PlanRequest {
  readonly sourceName: string
  readonly source: RowSource
  readonly target: Database
  readonly session: Session
  readonly selection: Selection
  readonly state: TargetState
  readonly rules: RunRules
  readonly options: Pick<RunOptions, 'allowBlocking' | 'isFull' | 'purge' | 'skipsDrift'>
  readonly context: Pick<JobContext, 'signal'>
  readonly trust: Pick<ReadRules, 'looksAtTarget' | 'refuted'> &
    Pick<StrategyFacts, 'createsTables'> & { readonly failedLoad?: string | undefined }
}

/** Validates the source against the target as it was read, and plans the parts. Changes nothing. */
export async function makePlan({
  sourceName,
  source,
  target,
  session,
  selection,
  state: { catalog: read, asFollowed = (catalog) => catalog, watermarks, lastMasked },
  rules,
  options,
  context,
  trust,
}: PlanRequest): Promise<PlannedRun> {
  const skipsDrift = rules.drift === 'skip' || options.skipsDrift === true
  // They are read on the same session.
  await watermarks
  const before = await lastMasked
  const asItIs = await read
  const catalog = asFollowed(asItIs)
  const isFollowed = catalog !== asItIs
  const [ofTarget, ofSource] = await Promise.all([
    readHistories(session, selection, catalog.relations),
    source.readHistories(),
  ])
  const fitted = await fitToTarget({
    source,
    session,
    selection,
    catalog,
    asFollowed,
    targetName: rules.to.name,
    options,
    skipsDrift,
    context,
  })
  const { skipped } = fitted
  const written = fitted.inspection.pairs.flatMap(({ source, stays }) =>
    stays?.isWhole === true ? [] : [source],
  )
  const found = [
    ...fitted.findings,
    ...(await findUnmaskedAgain(session, { ...source.catalog, tables: written }, selection, rules, before)),
    ...(source.changes === undefined ? [] : coded('trust', validateTrust(sourceName, source.changes.guard))),
    ...coded('migrations', validateHistories(ofSource, ofTarget)),
    ...(await checkKeep(session, fitted.inspection, [
      ...skipped.map(({ table }) => table),
      ...source.catalog.relations.map(({ name }) => name),
    ])),
  ]
  const names = written.map(({ name }) => name)
  const parts = source.planParts(names, rules.jobs)
  const partsOf = groupByTable(parts, ({ table }) => table)
  const isSound = found.every(({ severity }) => severity === 'note')
  // If rows may not be read, it is unknown whether others have changed them. The run is refused anyway.
  const [owners, lockRoom] = await Promise.all([
    readCoded(session, fitted.inspection, isSound ? fitted.inspection.pairs : []),
    readLockRoom(session, fitted.inspection),
  ])
  const isReadable = (pair: TablePair) => !owners.has(pair.target.oid) && !isHidden(pair)
  const inspection =
    isSound && options.purge !== undefined
      ? await takeRawRows(session, fitted.inspection, options.purge, isReadable)
      : fitted.inspection
  const { pairs, sequences } = inspection
  const withCode = new Set(owners.keys())
  const followed = reshapedTables(asItIs, catalog)
  const referring = new TableSet(referringPairs(inspection).map((pair) => pair.source.name))
  const reads = await chooseReads(
    source,
    target,
    session,
    { ...inspection, pairs: isSound ? pairs : [] },
    {
      watermarks,
      coded: withCode,
      followed,
      referring,
      isFull: options.isFull ?? false,
      recheck: rules.recheck,
      jobs: rules.jobs,
      ...trust,
    },
  )
  const strategy = isSound
    ? await chooseStrategy(session, {
        wanted: rules.strategy,
        inspection,
        bytesOf: (pair) =>
          sum((partsOf.get(pair.source.name) ?? []).map(({ estimatedBytes }) => estimatedBytes)),
        reads,
        filtersAtSource: source.changes !== undefined,
        hasOwnersCode: owners.size > 0,
        failedBefore: trust.failedLoad,
        createsTables: trust.createsTables,
        followsSchema: isFollowed,
      })
    : NOT_CHOSEN
  const room = isSound
    ? await findRoomForLocks(session, rules.to.name, inspection, lockRoom, (pair) =>
        mayWrite(pair, partsOf.get(pair.source.name) ?? [], reads),
      )
    : []
  const textColumns = textColumnsOf(pairs, owners)
  // A dump contains text.
  const mayBeBinary =
    source.changes === undefined
      ? new TableSet()
      : binaryTables(inspection, ({ target: { oid } }) => textColumns.get(oid) ?? [])
  const { kind } = strategy
  const comparable =
    isSound && kind === 'merge'
      ? chooseComparable(source, pairs, {
          jobs: rules.jobs,
          whole: [followed, referring, new TableSet(trust.refuted.keys())],
          coded: withCode,
          ...{ reads, binary: mayBeBinary },
        })
      : []
  const binary = await chooseBinary(source.changes, { pairs, mayBeBinary, comparable, reads, partsOf })
  const unwanted = isSound ? refuseMerge(rules.strategy, strategy, rules.to.name) : []
  const findings = [...found, ...unwanted, ...coded('room', room)].sort(compareFindings)
  const { recheck } = rules
  const plan: RunPlan = {
    profile: rules.name,
    source: factsOf(sourceName, inspection.source.server),
    target: factsOf(rules.to.name, inspection.target.server),
    strategy,
    mergeMode: inspection.target.mode,
    ...splitAccepted(rules, findings),
    skipped,
    creates: [],
    follows: [],
    tables: pairs
      .map((pair) => {
        const { name } = pair.source
        const [read, own] = [reads.get(name), partsOf.get(name) ?? []]
        return describePlannedTable(pair, { read, own, recheck, kind, isBinary: binary.has(name) })
      })
      .sort((a, b) => b.estimatedBytes - a.estimatedBytes),
    sequences: sequences.filter(({ sources }) => sources.length > 0).length,
  }
  return { inspection, parts, reads, plan, textColumns, binary, comparable }
}

/** The tables whose columns or types the run will change in the target. */
function reshapedTables(now: TargetCatalog, followed: TargetCatalog): ReadonlyTableSet {
  if (now === followed) return new TableSet()
  const shapeIn = (catalog: TargetCatalog) => {
    const shapes = catalog.tables.map(({ name, oid, columns }) => {
      const shape = digestOf([columnFacts(columns), typeFacts(oid, catalog)])
      return [name, shape] as const
    })
    return new TableMap(shapes)
  }
  const before = shapeIn(now)
  return new TableSet(
    [...shapeIn(followed)].flatMap(([name, shape]) => (before.get(name) === shape ? [] : [name])),
  )
}

/** The placeholder for a choice in a run that is refused anyway. */
const NOT_CHOSEN: Strategy = { kind: 'merge', reason: UNDECIDED }

/** Rows for an empty table will be written. For other tables this is known only after the comparison. */
function mayWrite(
  { source, target }: TablePair,
  parts: readonly Part[],
  reads: ReadonlyTableMap<TableRead>,
): MayWrite {
  const read = reads.get(source.name)
  if (read?.kind === 'incremental')
    return read.changedParts.length === 0 && read.sourceRows === read.since.left.rows ? 'nothing' : 'perhaps'
  const isEmpty = target.partitions.every(({ bytes }) => bytes === 0)
  const hasRows = parts.some(({ estimatedRows, estimatedBytes }) => estimatedRows + estimatedBytes > 0)
  if (isEmpty) return hasRows ? 'surely' : 'nothing'
  return 'perhaps'
}

/** The owners of tables with code that must not run with mbsync's rights. Even planning a query over them could run it. */
async function readCoded(
  session: Session,
  { target: { mode } }: Inspection,
  pairs: readonly TablePair[],
): Promise<ReadonlyMap<number, TableOwner>> {
  if (mode === 'owner' || pairs.length === 0) return new Map()
  const owners = await readOwners(
    session,
    pairs.map((pair) => ({ target: pair.target, kept: keptColumns(pair) })),
  )
  return new Map([...owners].filter(([, { hasCode }]) => hasCode))
}

function textColumnsOf(
  pairs: readonly TablePair[],
  owners: ReadonlyMap<number, TableOwner>,
): Map<number, string[]> {
  return new Map(
    pairs.flatMap((pair) => {
      const { oid } = pair.target
      const coded = owners.get(oid)?.codedColumns ?? []
      const names = copiedColumns(pair).flatMap(({ name }) => (coded.includes(name) ? [name] : []))
      return names.length === 0 ? [] : [[oid, names] as const]
    }),
  )
}

function factsOf(name: string, server: SourceServer): DatabaseFacts {
  return { name, database: server.database, serverVersion: server.version }
}
