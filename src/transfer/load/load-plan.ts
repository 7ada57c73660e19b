import type { DeferrableConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Trigger } from '../../postgres/catalog/read-triggers.ts'
import type { Session } from '../../postgres/session.ts'
import type { Report } from '../../progress/progress.ts'
import type { Inspection, MergeMode, TablePair } from '../inspect/inspection.ts'
import type { Copied } from '../land/copied.ts'
import { unprovenForeignKeys } from '../merge/unproven-foreign-keys.ts'
import type { Part } from '../source/part.ts'
import type { PartReader } from '../source/row-source.ts'
import type { LandedStaying } from '../staying/land-staying.ts'
import type { StayingCounts } from '../staying/list-staying.ts'

/** Smaller tables are loaded with their indexes in place: dropping and building them would cost more, and blocks readers. */
export const LARGE_BYTES = 1024 * 1024

/** A table to load, with its parts. */
export interface LoadTable {
  readonly pair: TablePair
  readonly parts: readonly Part[]
  readonly oids: readonly number[]
  /** Estimated bytes, including its indexes. */
  readonly cost: number
  /** Rows of another database that stay, and are put beside those of the source; undefined for none. */
  readonly staying?: LandedStaying | undefined
  /** Whether dropping and building its indexes is worth it. */
  readonly isLarge: boolean
  /**
   * Whether its indexes or statistics may call functions that name things without a schema, which the server does not find when it builds
   * or analyzes. Such indexes stay in place, and the table is analyzed after the run, when that may fail.
   */
  readonly hasUnresolved: boolean
}

/** The tables of one transaction, in the order in which they are loaded. */
export interface LoadShare {
  readonly tables: readonly LoadTable[]
  readonly mode: MergeMode
  /** Stays the same as long as the definitions of the tables do not change. */
  readonly signature: string
  /** The triggers that would fire. */
  readonly triggers: readonly Trigger[]
  /** Foreign keys between its tables, which are dropped while rows are copied. */
  readonly removedKeys: readonly ForeignKey[]
  /**
   * Foreign keys of its tables that are checked after all rows are copied, because the source does not guarantee them and their triggers do
   * not fire.
   */
  readonly checkedKeys: readonly ForeignKey[]
  readonly deferrable: readonly DeferrableConstraint[]
  /** The relations of all tables of the run. */
  readonly inside: ReadonlySet<number>
}

/** A loaded table that is not committed yet. */
export interface LoadedTable {
  readonly pair: TablePair
  readonly copied: Copied
  readonly staying: StayingCounts
  /** The time that building its indexes took. */
  readonly buildMs: number
  readonly writeCounters: string | undefined
  readonly isAnalyzed: boolean
}

/** What loading a share needs. */
export interface Loading {
  readonly session: Session
  readonly openReader: () => Promise<PartReader<Part>>
  /** The encoding of the bytes that arrive. */
  readonly encoding: string
  readonly report: Report
  readonly signal: AbortSignal
}

/**
 * Foreign keys of an owner fire for each row, so they are dropped meanwhile. In the replica role, only those that the source does not
 * guarantee are checked.
 */
export function ties(inspection: Inspection): readonly ForeignKey[] {
  if (inspection.target.mode === 'replica role') return unprovenForeignKeys(inspection)
  const inside = new Set(inspection.pairs.flatMap(({ target }) => target.partitions.map(({ oid }) => oid)))
  return inspection.target.foreignKeys.filter(
    ({ childOid, parentOid }) => inside.has(childOid) && inside.has(parentOid),
  )
}
