import type { RunRules } from '../config/config.ts'
import { RefusedError } from '../core/errors.ts'
import { type ReadonlyTableMap, type ReadonlyTableSet, TableMap, TableSet } from '../core/table-map.ts'
import { displayName } from '../core/table-name.ts'
import { type TableRead, watermarkOf } from '../incremental/decide-reads.ts'
import { findDeleted } from '../incremental/deleted/find-deleted.ts'
import { incrementalTables } from '../incremental/landed-changes.ts'
import type { Database } from '../postgres/database.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import { identifier, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import type { RowOrigin } from '../state/sources.ts'
import { readMergeXids } from '../state/undo-sets.ts'
import type { NewWatermark } from '../state/watermarks.ts'
import { copiedColumns } from '../transfer/inspect/columns.ts'
import type { Inspection, TablePair, TargetCatalog } from '../transfer/inspect/inspection.ts'
import { largeObjectColumns, referringPairs } from '../transfer/inspect/large-object-columns.ts'
import { conditionsOf, joinConditions } from '../transfer/inspect/select-relations.ts'
import { type Copied, NOTHING_COPIED } from '../transfer/land/copied.ts'
import { announce, type Copying } from '../transfer/land/copy-parts.ts'
import { findOrdered } from '../transfer/land/differing/find-ordered.ts'
import { type LandedDiffering, landDiffering } from '../transfer/land/differing/land-differing.ts'
import { landInto } from '../transfer/land/land-into.ts'
import { type LandedLargeObjects, landLargeObjects } from '../transfer/land/land-large-objects.ts'
import { landingColumns } from '../transfer/land/landing-columns.ts'
import { createLandingTables, type WantedLanding } from '../transfer/land/landing-tables.ts'
import type { LandingPlace } from '../transfer/land/landing-writer.ts'
import { type MergeNames, mergeNames, type Unchanged } from '../transfer/merge/merge-table.ts'
import { inBinary } from '../transfer/source/binary-tables.ts'
import type { Part } from '../transfer/source/part.ts'
import type { RowSource } from '../transfer/source/row-source.ts'
import { whyUnreadable } from '../transfer/source/watermark.ts'
import type { WriteMark } from '../transfer/target-writes/foreign-writes.ts'
import { findEmpty, mayLandAsUndo } from '../transfer/undo/land-as-undo.ts'
import { UNDO_COLUMNS } from '../transfer/undo/undo-columns.ts'
import type { Creation } from './creation/create-missing.ts'
import type { PlannedRun } from './make-plan.ts'
import type { OpenRun } from './with-run.ts'

/** A planned run whose rows have landed. */
export interface LandedRun extends Pick<PlannedRun, 'plan' | 'inspection' | 'textColumns'> {
  readonly names: ReadonlyTableMap<MergeNames>
  readonly landed: ReadonlyTableMap<Copied>
  /** The rows that did not land, for tables that are read incrementally. */
  readonly unchanged: ReadonlyTableMap<Unchanged>
  /** Undefined unless large objects are copied with the rows. */
  readonly largeObjects: LandedLargeObjects | undefined
  /** Makes the watermarks of the tables, from the tables as they are in the end. */
  readonly watermarksOf: (inspection: Inspection) => Iterable<NewWatermark>
  /** COPY bytes. */
  readonly bytes: number
  /** The path of the dump that was written of the target beforehand. */
  readonly backup?: string | undefined
  /** The databases that its rows came from. */
  readonly lineage: readonly RowOrigin[]
  /** What the run has created beforehand. */
  readonly creation: Creation | undefined
  /** The target as it was before the merge, which may change it. */
  readonly targetBefore: TargetCatalog
}

/** Creates the necessary landing tables, and copies every part into them. */
export async function landParts(
  rules: RunRules,
  run: OpenRun,
  source: RowSource,
  planned: PlannedRun,
): Promise<Omit<LandedRun, 'lineage' | 'creation' | 'targetBefore'>> {
  const { target, coordinator, context } = run
  const { signal } = context
  const { plan, inspection, reads, textColumns, binary } = planned
  const names = new TableMap<MergeNames>()
  const places = new TableMap<LandingPlace>()
  const wanted: WantedLanding[] = []
  const compared = await chooseCompared(target, source, planned, rules.jobs)
  const toRead = inBinary(partsToRead(planned, compared), binary)
  const bytesOf = bytesByTable(toRead)
  const asTextOf = ({ target: { oid } }: TablePair) => textColumns.get(oid) ?? []
  const kept = await findEmpty(
    coordinator,
    inspection.pairs
      .filter(({ stays }) => stays === undefined)
      .filter((pair) => mayLandAsUndo(pair, asTextOf(pair), bytesOf.get(pair.source.name) ?? 0))
      .filter(({ source: { name } }) => reads.get(name)?.kind !== 'incremental' && !compared.has(name))
      .map((pair) => pair.target),
  )
  for (const [index, pair] of inspection.pairs.entries()) {
    const isKept = kept.has(pair.target.oid)
    const own = mergeNames(run.id, index + 1, isKept)
    names.set(pair.source.name, own)
    if (!mayLand(planned, pair)) continue
    const asText = asTextOf(pair)
    const columns = landingColumns(pair, asText).map(({ takes }) => takes)
    const landing = asText.length > 0 ? own.texts : own.landing
    places.set(pair.source.name, { landing, columns })
    const bytes = bytesOf.get(pair.source.name) ?? 0
    wanted.push({ pair, landing, asText, bytes, further: isKept ? UNDO_COLUMNS : [] })
  }
  await createLandingTables(coordinator, wanted)
  context.report({ type: 'phase', phase: 'land' })
  const copying = { parts: toRead, jobs: rules.jobs, report: context.report, signal }
  const { copied, differing } = await landRows(run, source, planned, places, copying, compared)
  // A live source has read only the rows that meet the conditions; a dump lands its rows whole.
  const landed =
    source.changes === undefined ? await filterLanded(coordinator, inspection, places, copied) : copied
  const unchanged = await findDeleted({
    coordinator,
    target,
    source,
    inspection,
    jobs: rules.jobs,
    signal,
    tables: incrementalTables(inspection.pairs, reads, names, differing),
    landed,
  })
  const largeObjects = await landReferred(source, run, inspection, places)
  const rowBytes = [...landed.values()].reduce((total, table) => total + table.bytes, 0)
  const bytes = rowBytes + (largeObjects?.bytes ?? 0)
  return {
    plan,
    inspection,
    textColumns,
    names,
    landed,
    unchanged,
    largeObjects,
    watermarksOf: (found) => watermarksOf(source, found),
    bytes,
  }
}

/** The tables that are worth comparing, among those that can be compared. */
async function chooseCompared(
  target: Database,
  { changes }: RowSource,
  { comparable, inspection: { pairs } }: PlannedRun,
  jobs: number,
): Promise<ReadonlyTableSet> {
  if (changes === undefined || comparable.length === 0) return new TableSet()
  const names = new TableSet(comparable.map(({ table }) => table))
  const candidates = pairs.filter((pair) => names.has(pair.source.name))
  return findOrdered(target, changes, candidates, jobs)
}

/** Copies the rows; of tables that are compared, those that differ. */
async function landRows(
  { target, coordinator }: OpenRun,
  source: RowSource,
  { inspection, reads }: PlannedRun,
  places: ReadonlyTableMap<LandingPlace>,
  copying: Omit<Copying<Part>, 'openReader' | 'openWriter' | 'first'>,
  compared: ReadonlyTableSet,
): Promise<{
  readonly copied: ReadonlyTableMap<Copied>
  readonly differing: ReadonlyTableMap<LandedDiffering>
}> {
  announce(copying)
  if (compared.size === 0) {
    const copied = await landInto(places, inspection, target, source, copying)
    return { copied, differing: new TableMap() }
  }
  const isCompared = ({ table }: Part) => compared.has(table)
  const parts = copying.parts.filter((part) => !isCompared(part))
  const differing = {
    parts: copying.parts.filter(isCompared),
    mark: await takeMark(coordinator, reads),
  }
  return landDiffering(places, inspection, target, source, { ...copying, parts }, differing)
}

/** The point in time on the target after which writes to the tables that are compared as they land are found. */
async function takeMark(coordinator: Session, reads: ReadonlyTableMap<TableRead>): Promise<WriteMark> {
  const { snapshot } = await coordinator.queryOne<{ snapshot: string }>(
    'SELECT txid_current_snapshot()::text AS snapshot',
  )
  const looks = reads
    .values()
    .flatMap((read) => (read.kind === 'incremental' ? [read.since.left.lookedIn] : []))
  return { snapshot, mergeXids: await readMergeXids(coordinator, looks) }
}

/** If rows landed as text, all their values are still in the landing table. */
async function landReferred(
  source: RowSource,
  { id, coordinator, context }: OpenRun,
  inspection: Inspection,
  places: ReadonlyTableMap<LandingPlace>,
): Promise<LandedLargeObjects | undefined> {
  const tables = referringPairs(inspection).flatMap((pair) => {
    const landing = places.get(pair.source.name)?.landing
    const columns = largeObjectColumns({ columns: copiedColumns(pair) }, inspection.source.types)
    return landing === undefined ? [] : [{ target: pair.target, landing, columns }]
  })
  if (tables.length === 0) return undefined
  context.report({ type: 'info', message: 'Comparing the large objects that rows refer to' })
  return source.withSession?.((session) => landLargeObjects(session, coordinator, id, tables))
}

/** An unchanged table needs no landing table, except in an owner's merge, which reads all of them. */
function mayLand({ reads, inspection }: PlannedRun, { source, stays }: TablePair): boolean {
  const read = reads.get(source.name)
  return (
    read?.kind !== 'incremental' ||
    stays !== undefined ||
    read.changedParts.length > 0 ||
    source.where !== undefined ||
    inspection.target.mode === 'owner'
  )
}

function partsToRead({ parts, comparable, reads }: PlannedRun, compared: ReadonlyTableSet): Part[] {
  const changed = [...reads.values()].flatMap((read) =>
    read.kind === 'incremental' ? read.changedParts : [],
  )
  const whole = comparable.filter(({ table }) => compared.has(table))
  const others = parts.filter(({ table }) => !compared.has(table) && reads.get(table)?.kind !== 'incremental')
  return [...whole, ...others, ...changed]
}

function bytesByTable(parts: readonly Part[]): TableMap<number> {
  const bytes = new TableMap<number>()
  for (const { table, estimatedBytes } of parts) bytes.set(table, (bytes.get(table) ?? 0) + estimatedBytes)
  return bytes
}

/** The facts by which the next run recognizes changed rows, one table after the other. */
export function* watermarksOf({ changes }: RowSource, { pairs, target }: Inspection): Iterable<NewWatermark> {
  if (changes === undefined || whyUnreadable(changes.mark) !== undefined) return
  for (const pair of pairs) {
    // A row that stays may be older than what the source has by now, and be no longer one that stays in the next run.
    if (changes.moving.has(pair.source.name)) continue
    yield { table: pair.target.name, ...watermarkOf(changes, pair, target) }
  }
}

/**
 * A dump lands its rows whole. This removes those that do not meet the conditions of the selection, which the target evaluates.
 * @returns the rows that remain, by table
 * @throws RefusedError if a condition is not valid
 */
async function filterLanded(
  session: Session,
  { selection, pairs }: Inspection,
  places: ReadonlyTableMap<LandingPlace>,
  landed: ReadonlyTableMap<Copied>,
): Promise<TableMap<Copied>> {
  const kept = new TableMap(landed)
  for (const { source } of pairs) {
    const conditions = conditionsOf(selection, source.name)
    const place = places.get(source.name)
    // Masked values would not meet the condition. It is the condition of the dump, which the source has evaluated.
    const isDone = source.masked !== undefined && source.masked.size > 0
    if (conditions.length === 0 || place === undefined || isDone) continue
    const from = `DELETE FROM ${relation(place.landing)} AS ${identifier(source.name.name)}`
    const deleted = await deleteUnless(session, from, conditions).catch((error: unknown) => {
      if (error instanceof DatabaseError) throw wrongCondition(displayName(source.name), error)
      throw error
    })
    const copied = kept.get(source.name) ?? NOTHING_COPIED
    kept.set(source.name, { ...copied, rows: copied.rows - deleted })
  }
  return kept
}

/** Each condition must be valid by itself: one that closes a parenthesis that it has not opened is refused. */
async function deleteUnless(session: Session, from: string, conditions: readonly string[]): Promise<number> {
  return session.transaction('BEGIN', async () => {
    for (const condition of conditions) await session.parse(`${from} WHERE ${condition}`)
    return session.execute(`${from} WHERE (${joinConditions(conditions)}\n) IS NOT TRUE`)
  })
}

function wrongCondition(table: string, error: DatabaseError): RefusedError {
  return new RefusedError(`${table}: the \`where\` condition is not valid: ${error.message}`, {
    hint: 'Nothing has changed. Correct the condition: for a dump, the target evaluates it.',
    cause: error,
  })
}
