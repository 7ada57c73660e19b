import type { TableName } from '../../core/table-name.ts'
import type { KeptMark, MarkedRows } from '../../core/watermark.ts'
import type { DeferrableConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Trigger } from '../../postgres/catalog/read-triggers.ts'
import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import type { Report } from '../../progress/progress.ts'
import type { MergeMode } from '../inspect/inspection.ts'
import type { WriteMark } from '../target-writes/foreign-writes.ts'
import type { SeenSessions } from '../target-writes/write-counters.ts'
import type { BlockingMeasure } from '../validate/blocking-measures.ts'
import type { ChangeCounts, MergeTable } from './merge-table.ts'
import type { OwnerRights } from './owner-rights.ts'
import type { SetSequence, WantedSequence } from './set-sequences.ts'

/** The input of a merge. */
export interface Merge {
  /** The session that holds the run lock. It has no other transaction. */
  readonly coordinator: Session
  readonly target: Database
  readonly mode: MergeMode
  readonly tables: readonly MergeTable[]
  readonly sequences: readonly WantedSequence[]
  readonly foreignKeys: readonly ForeignKey[]
  /** Foreign keys that the source does not guarantee. They are checked before COMMIT if triggers do not check them. */
  readonly unprovenForeignKeys: readonly ForeignKey[]
  readonly deferrable: readonly DeferrableConstraint[]
  /** Every user trigger on the tables and their partitions that would fire in this mode. */
  readonly triggers: readonly Trigger[]
  /** Measures that block readers for the whole transaction; empty unless the user has allowed them. */
  readonly blocking: readonly BlockingMeasure[]
  /** Reads `txid_current()` of earlier merges. */
  readonly readMergeXids: () => Promise<readonly string[]>
  /** Sessions of other processes, as they were seen before. */
  readonly seenBefore: SeenSessions
  /** For the change lists of small tables. */
  readonly sharedList: TableName
  readonly jobs: number
  readonly report: Report
}

/** A merge whose tables are locked. */
export interface LockedMerge extends Merge {
  readonly rights: OwnerRights
  /** How many rows of a table stay for their values; 0 for tables that are not listed. */
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
  /** The server's statistics of all writes to the table, if they can be trusted. */
  readonly counters: string | undefined
  readonly durationMs: number
}

/** What a merge did to one table. */
export interface MergedTable extends ComparedTable {
  /** The result of `readWriteCounters` at the end. */
  readonly writeCounters: string | undefined
  /** Whether SQL of `after` wrote to it in the same transaction, and whether a rollback can undo that. */
  readonly changedByAfter?: 'undoable' | 'not undoable'
}

/** What a merge did. */
export interface Merged {
  readonly mark: WriteMark
  readonly tables: readonly MergedTable[]
  readonly sequences: readonly SetSequence[]
}
