import type { DeferrableConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Trigger } from '../../postgres/catalog/read-triggers.ts'
import type { Session } from '../../postgres/session.ts'
import type { Report } from '../../progress/progress.ts'
import type { Inspection, MergeMode, TablePair } from '../inspect/inspection.ts'
import type { Copied } from '../land/copy-parts.ts'
import { unprovenForeignKeys } from '../merge/unproven-foreign-keys.ts'
import type { Part } from '../source/part.ts'
import type { PartReader } from '../source/row-source.ts'
import type { LandedStaying } from '../staying/land-staying.ts'
import type { StayingCounts } from '../staying/list-staying.ts'

/** Tables of less are loaded with their indexes on: to take them off and put them back costs more, and blocks readers. */
export const LARGE_BYTES = 1024 * 1024

/** A table to load, with the parts that its rows come in. */
export interface LoadTable {
  readonly pair: TablePair
  readonly parts: readonly Part[]
  readonly oids: readonly number[]
  /** Estimated bytes, with those of its indexes. */
  readonly cost: number
  /** Rows of another database that stay, and which go beside those of the source; undefined for none. */
  readonly staying?: LandedStaying | undefined
  /** Whether its indexes are worth taking off. */
  readonly isLarge: boolean
  /**
   * Whether its indexes or statistics may call functions that name things without a schema, which the server does not find as it builds or analyzes: such
   * indexes stay on, and the table is analyzed after the run, where that may fail.
   */
  readonly hasUnresolved: boolean
}

/** What one transaction loads. */
export interface LoadShare {
  readonly tables: readonly LoadTable[]
  readonly mode: MergeMode
  /** What stays the same as long as nothing has changed in the definitions of the tables. */
  readonly signature: string
  /** Those that would fire. */
  readonly triggers: readonly Trigger[]
  /** Foreign keys between its tables, which are off while rows are copied. */
  readonly removedKeys: readonly ForeignKey[]
  /** Foreign keys of its tables that are checked when all rows are in, as nothing vouches for them and none fires. */
  readonly checkedKeys: readonly ForeignKey[]
  readonly deferrable: readonly DeferrableConstraint[]
  /** The relations of all tables of the run. */
  readonly inside: ReadonlySet<number>
}

/** A table that has been loaded and is not committed. */
export interface LoadedTable {
  readonly pair: TablePair
  readonly copied: Copied
  readonly staying: StayingCounts
  /** The time that its indexes took. */
  readonly buildMs: number
  readonly writeCounters: string | undefined
  readonly isAnalyzed: boolean
}

/** What a share is loaded with. */
export interface Loading {
  readonly session: Session
  readonly openReader: () => Promise<PartReader<Part>>
  /** The encoding of the bytes that arrive. */
  readonly encoding: string
  readonly report: Report
  readonly signal: AbortSignal
}

/** An owner's foreign keys fire for each row, so they are off meanwhile; in the replica role, those are looked at that nothing vouches for. */
export function ties(inspection: Inspection): readonly ForeignKey[] {
  if (inspection.target.mode === 'replica role') return unprovenForeignKeys(inspection)
  const inside = new Set(inspection.pairs.flatMap(({ target }) => target.partitions.map(({ oid }) => oid)))
  return inspection.target.foreignKeys.filter(
    ({ childOid, parentOid }) => inside.has(childOid) && inside.has(parentOid),
  )
}
