import type { TableName } from '../core/table-name.ts'
import type { Phase, SearchStep, Stage } from './phases.ts'

/** How far one phase of a run has come. */
export interface PhaseSnapshot {
  readonly phase: Phase
  /** How long it has been going on, or took. */
  readonly ms: number
  readonly copying?: CopySnapshot | undefined
  readonly tablesCopied?: number | undefined
  readonly work?: WorkSnapshot | undefined
  readonly storedBytes?: number | undefined
  readonly merge?: MergeSnapshot | undefined
  readonly search?: SearchSnapshot | undefined
}

/** How far a merge has come. */
export interface MergeSnapshot {
  readonly tables: number
  readonly compared: number
  readonly merged: number
  readonly rowsChanged: number
  /** Absent in what an earlier version sends. */
  readonly rowsWritten?: number | undefined
}

/** How far landing had come at one moment. */
export interface CopySnapshot {
  readonly planned: CopyPlan
  readonly finished: {
    readonly parts: number
    readonly estimatedBytes: number
    readonly bytes: number
    readonly rows: number
  }
  readonly running: readonly StartedPart[]
}

/** How far the search indexes of a run had come at one moment. */
export interface SearchSnapshot {
  readonly searchIndex?: string | undefined
  readonly step?: SearchStep | undefined
  /** Of the search index that is under way: since when, documents to send, those answered, and so on. */
  readonly ms: number
  readonly planned: number
  readonly answered: number
  readonly rejected: number
  readonly deletions: number
  readonly deleted: number
  readonly ingesting?: number | undefined
  /** Of all search indexes of the run. */
  readonly indexes: number
  readonly failed?: number | undefined
  readonly allAnswered: number
  readonly allRejected: number
  readonly allDeleted: number
}

/** All that is known of the stage that is under way. */
export interface WorkSnapshot {
  readonly stage: Stage
  readonly ms: number
  /** What its finished pieces took, added up. */
  readonly busyMs: number
  readonly done: number
  readonly total: number
  readonly running: readonly {
    readonly name: string
    readonly amount: number
    readonly ms: number
    readonly reported: number
  }[]
}

export interface CopyPlan {
  readonly parts: number
  readonly estimatedBytes: number
  readonly estimatedRows: number
}

export interface StartedPart {
  readonly table: TableName
  readonly part: number
  readonly parts: number
  readonly bytes: number
  readonly estimatedBytes: number
}
