import type { TableName } from '../../core/table-name.ts'
import type { LiveTable } from '../../transfer/inspect/inspect-source.ts'
import type { Selection } from '../../transfer/inspect/inspection.ts'
import type { StayRule } from '../../transfer/inspect/stay-rule.ts'
import type { BucketSums } from '../../transfer/verify/bucket-sums.ts'
import type { Difference } from '../../transfer/verify/find-differences.ts'
import type { Hashing } from '../../transfer/verify/row-hashes.ts'

/** How thoroughly two sides are compared. */
export interface CompareOptions {
  /** How much of each table is compared. */
  readonly samplePercent: number
  /** How many differing rows of a table to name. */
  readonly limit: number
  /** Whether to count every differing row, and name none. */
  readonly isCounted?: boolean
}

/** Which rows of the target runs leave as they are. */
export type StayingRules = Pick<Selection, 'keep' | 'deletes'>

/** The result for one table. */
export interface VerifiedTable {
  readonly table: TableName
  readonly status: 'equal' | 'different' | 'not compared'
  readonly sourceRows: number
  readonly targetRows: number
  /** The differing rows that were found, by kind; all of them if `isComplete`. */
  readonly missing: number
  readonly extra: number
  readonly changed: number
  /** Rows of the target that runs leave as they are, and that do not count as differences; undefined if there can be none. */
  readonly kept?: number
  readonly isComplete: boolean
  /** Some of the differing rows, by key; none for a table without a key. */
  readonly differences: readonly { readonly kind: Difference['kind']; readonly key: string }[]
  /** Why the table was not compared. */
  readonly reason?: string
  /** Whether runs leave it as it is. */
  readonly isSkipped?: boolean
  /** The run whose SQL of `after` has changed it, which is the likely cause of its differences. */
  readonly changedByAfter?: number
}

/** Which of the two databases. */
export type SideName = 'source' | 'target'

/** A table that can be compared. */
export interface Pair {
  readonly source: LiveTable
  readonly target: LiveTable
  readonly hashing: Readonly<Record<SideName, Hashing>>
  readonly sums: Readonly<Record<SideName, BucketSums>>
  readonly stays: StayRule | undefined
}

/** A table that is not compared, and why. */
export function notCompared(name: TableName, reason: string): VerifiedTable {
  const nothing = { sourceRows: 0, targetRows: 0, missing: 0, extra: 0, changed: 0, differences: [] }
  return { table: name, status: 'not compared', ...nothing, isComplete: false, reason }
}
