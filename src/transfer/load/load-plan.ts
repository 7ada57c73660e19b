import type { DeferrableConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Trigger } from '../../postgres/catalog/read-triggers.ts'
import type { Session } from '../../postgres/session.ts'
import type { Report } from '../../progress/progress.ts'
import type { MergeMode, TablePair } from '../inspect/inspection.ts'
import type { Copied } from '../land/copy-parts.ts'
import type { Part } from '../source/part.ts'
import type { PartReader } from '../source/row-source.ts'
import type { LandedStaying } from '../staying/land-staying.ts'
import type { StayingCounts } from '../staying/list-staying.ts'

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
}

/** A table that has been loaded and is not committed. */
export interface LoadedTable {
  readonly pair: TablePair
  readonly copied: Copied
  readonly staying: StayingCounts
  /** The time that its indexes took. */
  readonly buildMs: number
  readonly writeCounters: string | undefined
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
