import type { RowCounts } from '../core/row-counts.ts'
import type { MaskedColumns } from '../state/masked-tables.ts'
import { LARGE_OBJECTS, type RunSequence, type RunTable, type RunTotal } from '../state/runs.ts'
import { columnPlacesDigest, partitionsDigest } from '../transfer/inspect/fingerprint.ts'
import type { SourceCatalog, SourceTable } from '../transfer/inspect/inspection.ts'
import type { Copied } from '../transfer/land/copied.ts'
import type { LandedLargeObjects } from '../transfer/land/land-large-objects.ts'
import type { ChangedTable } from '../transfer/merge/finish.ts'
import type { MergedLargeObjects } from '../transfer/merge/merge-large-objects.ts'
import type { Merged, MergedTable } from '../transfer/merge/merge-plan.ts'
import {
  type ChangeCounts,
  changedRows,
  changesAnything,
  type MergeTable,
} from '../transfer/merge/merge-table.ts'
import type { SetSequence } from '../transfer/merge/set-sequences.ts'
import type { TableOutcome } from './run-result.ts'

/** How many rows a merge changed, and how. A row that moved counts as updated, however it was written. */
function describeCounts(counts: ChangeCounts): RowCounts {
  const updated = counts.u + counts.m + counts.r - counts.back
  const unchanged = counts.before - counts.d - updated - counts.stays
  return { inserted: counts.i + counts.l, updated, deleted: counts.d, unchanged }
}

/** What of it adds up over all tables. */
export function countsOf({ counts }: Pick<MergedTable, 'counts'>, { bytes }: Copied): RunTotal {
  const { inserted, updated, deleted, unchanged } = describeCounts(counts)
  return { inserted, updated, deleted, unchanged, bytes }
}

/** What the state stores about a merged table. */
export function describeTable(
  { table, counts, mark, marked, writeCounters, durationMs, changedByAfter }: MergedTable,
  landed: Copied,
): RunTable {
  // With a spread, V8 would make a hidden class for each.
  const { inserted, updated, deleted, unchanged } = describeCounts(counts)
  return {
    name: table.target.name,
    mode: table.rows.kind === 'changed' && !table.rows.unchanged.isReadInFull ? 'incremental' : 'full',
    inserted,
    updated,
    deleted,
    unchanged,
    rowsAfter: marked.rows,
    undatedRows: marked.undated,
    fingerprint: marked.fingerprint,
    lookedIn: mark.lookedIn,
    unlookedRuns: mark.unlookedRuns,
    bytes: landed.bytes,
    durationMs: landed.durationMs + durationMs,
    keyColumns: table.key?.columns.map((column) => column.name),
    undoTable: changesAnything(counts) && table.undo.schema === 'mbsync_undo' ? table.undo.name : undefined,
    writeCounters,
    keptBy: table.stays?.condition,
    changedByAfter,
    partitions: partitionsDigest(table.target),
    columnPlaces: columnPlacesDigest(
      table.target,
      [...table.columns, ...table.kept].map((column) => column.name),
    ),
  }
}

/**
 * What the state stores about large objects that were copied with the rows. They are in a system table, and only some of its rows are
 * meant.
 */
export function describeLargeObjects(
  merged: MergedLargeObjects | undefined,
  landed: LandedLargeObjects | undefined,
): RunTable[] {
  if (merged === undefined) return []
  const { created, changed, unchanged, undo } = merged
  return [
    {
      name: LARGE_OBJECTS,
      mode: 'full',
      inserted: created,
      updated: changed,
      deleted: 0,
      unchanged,
      rowsAfter: created + changed + unchanged,
      undatedRows: 0,
      fingerprint: '',
      lookedIn: undefined,
      unlookedRuns: 0,
      bytes: landed?.bytes ?? 0,
      durationMs: 0,
      keyColumns: undefined,
      undoTable: undo?.name,
      writeCounters: undefined,
      partitions: '',
      columnPlaces: '',
    },
  ]
}

/** What the state stores about a sequence that was set. */
export function describeSequence({ name, before, value }: SetSequence): RunSequence {
  return { name, before, after: value }
}

/** The columns of a table that were brought masked. */
export function maskedColumnsOf(
  { name, masked = new Set(), maskDigests }: SourceTable,
  { placesOf }: Pick<SourceCatalog, 'placesOf'>,
): MaskedColumns {
  const columns = [...masked]
  return {
    columns,
    digests: maskDigests === undefined ? undefined : Object.fromEntries(maskDigests),
    places: columns.flatMap((column) => placesOf?.(name, column) ?? []),
  }
}

/** What a merge did to tables and sequences. */
export interface OutcomeOfMerge {
  readonly outcomes: readonly TableOutcome[]
  readonly changed: readonly ChangedTable[]
  readonly sequencesSet: number
  readonly sequences: readonly SetSequence[]
}

/** The outcome of a merge, including the time that each table took before it. */
export function outcomeOf(
  { tables, sequences }: Merged,
  earlierMs: (table: MergeTable) => number,
): OutcomeOfMerge {
  const changed = tables.filter(
    ({ counts, changedByAfter }) => changesAnything(counts) || changedByAfter !== undefined,
  )
  return {
    outcomes: tables.map((merged) => toOutcome(merged, earlierMs(merged.table))),
    changed: changed.map(({ table, counts, changedByAfter }) => {
      const share = changedRows(counts) / Math.max(counts.before, 1)
      return { table: table.target, share: changedByAfter === undefined ? share : 1 }
    }),
    sequencesSet: sequences.length,
    sequences,
  }
}

function toOutcome(merged: MergedTable, earlierMs: number): TableOutcome {
  const { inserted, updated, deleted, unchanged } = describeCounts(merged.counts)
  const durationMs = Math.round(merged.durationMs + earlierMs)
  const table = merged.table.target.name
  const { stays: kept, leftOut } = merged.counts
  return merged.table.stays === undefined
    ? { table, inserted, updated, deleted, unchanged, durationMs }
    : { table, inserted, updated, deleted, unchanged, kept, leftOut, durationMs }
}
