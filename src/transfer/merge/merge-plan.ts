import type { TableName } from '../../core/table-name.ts'
import type { DeferrableConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Trigger } from '../../postgres/catalog/read-triggers.ts'
import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import type { Report } from '../../progress/progress.ts'
import type { MergeMode } from '../inspect/inspection.ts'
import type { MarkedRows, WriteMark } from '../target-writes/foreign-writes.ts'
import type { KeptMark } from '../target-writes/kept-mark.ts'
import type { SeenSessions } from '../target-writes/stranger-sessions.ts'
import type { BlockingMeasure } from '../validate/blocking-measures.ts'
import type { ChangeCounts, MergeTable } from './merge-table.ts'
import type { OwnerRights } from './owner-rights.ts'
import type { SetSequence, WantedSequence } from './set-sequences.ts'

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
  /** Reads `txid_current()` of the merges before this one. */
  readonly readMergeXids: () => Promise<readonly string[]>
  /** The sessions of strangers as they were seen before. */
  readonly seenBefore: SeenSessions
  /** For the change lists of small tables. */
  readonly sharedList: TableName
  readonly jobs: number
  readonly report: Report
}

/** A merge whose tables are locked. */
export interface LockedMerge extends Merge {
  readonly rights: OwnerRights
  /** How many rows of a table stay for what they hold; none of those that are not here. */
  readonly staying: ReadonlyMap<MergeTable, number>
}

/** What a merge does to one table. */
export interface ComparedTable {
  readonly table: MergeTable
  /** Whether the coordinator has compared it, so that no other session sees the change list. */
  readonly isListedAlone?: boolean
  readonly counts: ChangeCounts
  readonly mark: KeptMark
  /** The rows as the merge leaves them, read against that mark. */
  readonly marked: MarkedRows
  /** What statistics say of all writes to the table, if they vouch for it. */
  readonly counters: string | undefined
  readonly durationMs: number
}

/** What a merge did to one table. */
export interface MergedTable extends ComparedTable {
  /** What `readWriteCounters` says at the end. */
  readonly writeCounters: string | undefined
  /** Whether SQL of `after` has written to it in the same transaction, and whether a rollback can undo that. */
  readonly changedByAfter?: 'undoable' | 'not undoable'
}

/** What a merge did. */
export interface Merged {
  readonly mark: WriteMark
  readonly tables: readonly MergedTable[]
  readonly sequences: readonly SetSequence[]
}
