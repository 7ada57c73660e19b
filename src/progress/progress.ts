import type { TableName } from '../core/table-name.ts'
import type { Phase, SearchStep, Stage } from './phases.ts'
import type { PhaseSnapshot } from './snapshots.ts'

/** How far the server says it is with a piece of work, from 0 to 1. */
export interface ServerWork {
  readonly stage: Stage
  readonly name: string
  readonly fraction: number
}

/**
 * What a job tells whoever watches it. Events carry facts, never formatted text;
 * `estimatedBytes` come from the catalog and are corrected by {@link ByteEstimate} as real bytes arrive.
 */
export type ProgressEvent =
  | { readonly type: 'phase'; readonly phase: Phase }
  /** What validation refuses a run for. */
  | { readonly type: 'problems-found'; readonly count: number }
  | { readonly type: 'run-opened'; readonly runId: number; readonly profile: string }
  | {
      readonly type: 'copy-planned'
      readonly tables: number
      readonly parts: number
      readonly estimatedBytes: number
      readonly estimatedRows: number
    }
  | {
      readonly type: 'part-started'
      readonly table: TableName
      readonly part: number
      readonly parts: number
      readonly estimatedBytes: number
    }
  | { readonly type: 'bytes'; readonly table: TableName; readonly part: number; readonly bytes: number }
  | {
      readonly type: 'part-finished'
      readonly table: TableName
      readonly part: number
      readonly parts: number
      readonly rows: number
      readonly bytes: number
      readonly estimatedBytes: number
      /** Compressed bytes on disk, where rows are written to or read from a dump. */
      readonly storedBytes?: number
    }
  | { readonly type: 'merge-planned'; readonly tables: number }
  /** What is done next, and how much of it there is; more of a stage may be planned later. */
  | { readonly type: 'stage-planned'; readonly stage: Stage; readonly total: number }
  | { readonly type: 'work-started'; readonly stage: Stage; readonly name: string; readonly amount: number }
  | { readonly type: 'work-finished'; readonly stage: Stage; readonly name: string }
  | { readonly type: 'server-progress'; readonly works: readonly ServerWork[] }
  | {
      readonly type: 'table-compared'
      readonly table: TableName
      readonly changedRows: number
      readonly durationMs: number
    }
  | {
      readonly type: 'rows-written'
      readonly table: TableName
      readonly rows: number
      readonly durationMs: number
    }
  | { readonly type: 'table-merged'; readonly table: TableName }
  /** `waiting` is for a server that is not ready. */
  | { readonly type: 'search-step'; readonly searchIndex: string; readonly step: SearchStep }
  | { readonly type: 'search-ended'; readonly searchIndex: string; readonly isUpToDate: boolean }
  | {
      readonly type: 'documents-planned'
      readonly searchIndex: string
      /** Documents that the query gives. */
      readonly documents: number
      /** Those that are to be sent. */
      readonly changed: number
      readonly deletions: number
      /** Why all documents were compared, as the end of a sentence. */
      readonly whyInFull?: string
    }
  | {
      readonly type: 'documents-answered'
      readonly searchIndex: string
      readonly indexed: number
      readonly rejected: number
    }
  | { readonly type: 'documents-deleted'; readonly searchIndex: string; readonly deleted: number }
  /** Everything was sent; so many documents are not searchable yet. */
  | { readonly type: 'documents-ingesting'; readonly searchIndex: string; readonly left: number }
  /** How far the phase has come as a whole, from whoever watches a run of another process. */
  | { readonly type: 'snapshot'; readonly snapshot: PhaseSnapshot }
  | {
      readonly type: 'statement'
      readonly database: string
      /** Its first words, without values. */
      readonly purpose: string
      readonly durationMs: number
      readonly hasFailed: boolean
    }
  | { readonly type: 'info'; readonly message: string }
  | { readonly type: 'warning'; readonly message: string; readonly hint?: string }

/** Receives the events of a job. It must not throw and must not wait. */
export type Report = (event: ProgressEvent) => void

/** Does a piece of work of a stage, and reports when it begins and ends. */
export async function atWork<T>(
  report: Report,
  piece: { readonly stage: Stage; readonly name: string; readonly amount: number },
  work: () => Promise<T>,
): Promise<T> {
  report({ type: 'work-started', ...piece })
  try {
    return await work()
  } finally {
    report({ type: 'work-finished', stage: piece.stage, name: piece.name })
  }
}
