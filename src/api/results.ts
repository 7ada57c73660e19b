import type { Finding } from '../core/finding.ts'
import type { RowCounts } from '../core/row-counts.ts'

/** A table: its name as people write it, such as `public."Order"`, and in its two halves as it is in the catalog. */
export interface TableJson {
  readonly table: string
  readonly schema: string
  readonly name: string
}

/** What a run did to one table. */
export interface TableResult extends TableJson, RowCounts {
  /** Rows of the target that the profile keeps, and rows of the source that were left out for them. */
  readonly kept?: number
  readonly leftOut?: number
  readonly durationMs: number
}

/** A table that a run left as it was, and why, as the end of a sentence about the table. */
export interface SkippedTableResult extends TableJson {
  readonly reason: string
  readonly hint?: string
}

/** What a run did to one search index. */
export interface SearchResult {
  readonly searchIndex: string
  readonly type: 'typesense' | 'mixedbread' | 'ndjson'
  readonly mode: 'update' | 'rebuild'
  readonly status: 'done' | 'rejected' | 'stopped' | 'failed'
  readonly documents: number
  readonly changed: number
  readonly indexed: number
  readonly rejected: number
  readonly deleted: number
  readonly durationMs: number
  /** Why all documents were compared, as the end of a sentence; undefined if they were not, or the collection was new. */
  readonly whyInFull: string | undefined
  readonly error: string | undefined
  readonly hint: string | undefined
  readonly findings: readonly Finding[]
}

/** What went wrong after COMMIT, or what a person should know of a finished run. */
export interface WarningResult {
  readonly message: string
  readonly hint?: string
}

/** A run, as `mbsync sync --json` prints it. */
export interface RunJson {
  readonly runId: number
  readonly profile: string
  /** ISO 8601, in UTC. */
  readonly startedAt: string
  readonly durationMs: number
  /** COPY text bytes read from the source. */
  readonly bytes: number
  /** The path of the dump that was written before, with the backup method `dump`. */
  readonly backup?: string
  /** The database that the target was before, where a new one has replaced it. */
  readonly previousDatabase?: string
  /** How many objects of each kind the run has created. */
  readonly created: Readonly<Record<string, number>>
  /** How many differences of each kind the run has settled in tables that were there. */
  readonly followed: Readonly<Record<string, number>>
  readonly totals: RowCounts
  readonly tables: readonly TableResult[]
  readonly skipped: readonly SkippedTableResult[]
  readonly sequencesSet: number
  readonly search: readonly SearchResult[]
  readonly notes: readonly Finding[]
  /** How many notes the last run of the profile has shown already. */
  readonly knownNotes: number
  readonly warnings: readonly WarningResult[]
}

/** A rollback, as `mbsync rollback --json` prints it. */
export interface RollbackJson {
  /** The run that did the rolling back. */
  readonly runId: number
  readonly undoneRunId: number
  readonly durationMs: number
  /** What the undone run had created: it stays. */
  readonly created: Readonly<Record<string, number>>
  readonly followed: Readonly<Record<string, number>>
  readonly totals: RowCounts
  readonly tables: readonly TableResult[]
  readonly sequencesSet: number
  /** The database that the target was until then, where the undone run had replaced another. */
  readonly undoneDatabase?: string
  readonly warnings: readonly WarningResult[]
}

/** How one table compares. `missing`, `extra` and `changed` are all there are if `isComplete`. */
export interface VerifiedTableResult extends TableJson {
  readonly status: 'equal' | 'different' | 'not compared'
  readonly sourceRows: number
  readonly targetRows: number
  readonly missing: number
  readonly extra: number
  readonly changed: number
  /** Rows of the target that runs leave as they are, which are no differences. */
  readonly kept?: number
  readonly isComplete: boolean
  /** Some of the differing rows, by key. */
  readonly differences: readonly { readonly kind: 'missing' | 'extra' | 'changed'; readonly key: string }[]
  /** Why it was not compared. */
  readonly reason?: string
  /** Whether a run leaves it as it is. */
  readonly isSkipped?: boolean
  /** The run whose SQL of `after` has changed it, which is the likely cause of its differences. */
  readonly changedByAfter?: number
}

/** How two databases compare, as `mbsync verify --json` prints it. */
export interface VerifyJson {
  readonly profile: string
  /** ISO 8601, in UTC. */
  readonly startedAt: string
  readonly durationMs: number
  readonly samplePercent: number
  readonly tables: readonly VerifiedTableResult[]
  readonly notes: readonly Finding[]
}
