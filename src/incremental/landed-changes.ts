import type { ReadonlyTableMap } from '../core/table-map.ts'
import type { Column, Key } from '../postgres/catalog/table.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { StoredWatermark } from '../state/watermarks.ts'
import { copiedColumns } from '../transfer/inspect/columns.ts'
import type { Inspection, TablePair } from '../transfer/inspect/inspection.ts'
import { type Copied, NOTHING_COPIED } from '../transfer/land/copied.ts'
import { type MergeNames, usableKey } from '../transfer/merge/merge-table.ts'
import type { Part } from '../transfer/source/part.ts'
import type { RowSource } from '../transfer/source/row-source.ts'

/** What was found in the source about a table of which only the changed rows are read. */
export interface ChangedRead {
  readonly since: StoredWatermark
  /** How many rows the source has. */
  readonly sourceRows: number
  /** Parts that contain only the changed rows. */
  readonly changedParts: readonly Part[]
}

/** A table of which only the changed rows are read. */
export interface IncrementalTable extends ChangedRead {
  readonly pair: TablePair
  readonly key: Key
  /** The columns of the target's key, in its order. */
  readonly keyColumns: readonly Column[]
  readonly names: MergeNames
}

/** A run whose changed rows have landed. */
export interface LandedChanges {
  readonly coordinator: Session
  readonly target: Database
  readonly source: RowSource
  readonly inspection: Inspection
  readonly jobs: number
  readonly signal: AbortSignal
  readonly tables: readonly IncrementalTable[]
  /** What has landed. */
  readonly landed: ReadonlyTableMap<Copied>
}

/** The tables of which only the changed rows are read. */
export function incrementalTables(
  pairs: readonly TablePair[],
  reads: ReadonlyTableMap<{ readonly kind: 'full' } | ({ readonly kind: 'incremental' } & ChangedRead)>,
  names: ReadonlyTableMap<MergeNames>,
): IncrementalTable[] {
  return pairs.flatMap((pair) => {
    const [read, own] = [reads.get(pair.source.name), names.get(pair.source.name)]
    const copied = copiedColumns(pair)
    const key = usableKey(pair.target, copied)
    if (read?.kind !== 'incremental' || own === undefined || key === undefined) return []
    const keyColumns = key.columns.flatMap((column) => copied.filter(({ name }) => name === column.name))
    const { since, sourceRows, changedParts } = read
    return [{ since, sourceRows, changedParts, pair, key, keyColumns, names: own }]
  })
}

/** How many changed rows of a table have landed. */
export function landedRowsOf({ landed }: LandedChanges, { pair }: IncrementalTable): number {
  return (landed.get(pair.source.name) ?? NOTHING_COPIED).rows
}
