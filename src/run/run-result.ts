import type { Finding } from '../core/finding.ts'
import type { TableName } from '../core/table-name.ts'
import type { SearchOutcome } from '../indexing/index-documents.ts'
import type { CreatedCounts } from '../state/created-objects.ts'
import type { SkippedTable } from '../transfer/inspect/drift.ts'

/** What a run did to one table. */
export interface TableOutcome {
  readonly table: TableName
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly unchanged: number
  /** Rows of the target that the profile keeps; undefined where it keeps none. */
  readonly kept?: number
  /** Rows of the source that were left out, as the target keeps rows with their keys. */
  readonly leftOut?: number
  /** Time spent on the table in landing, comparing and applying, which overlap between tables. */
  readonly durationMs: number
}

/** Something that went wrong after COMMIT, or that a person should know of a finished run. It is told at the end, not as an event. */
export interface Warning {
  readonly message: string
  readonly hint?: string
}

/** What a run did. */
export interface RunResult {
  readonly runId: number
  readonly profile: string
  readonly startedAt: Date
  readonly durationMs: number
  /** COPY bytes read from the source. */
  readonly bytes: number
  /** The dump that was written of the target's tables before they changed. */
  readonly backup?: string
  /** The database that the target was before the run, where a new one has replaced it and it is kept. */
  readonly previousDatabase?: string
  /** How many objects of each kind the run has created. */
  readonly created: CreatedCounts
  /** How many differences of each kind the run has settled in tables that were there. */
  readonly followed: CreatedCounts
  /** What could not be changed, as rows violate its definition in the source, by name: the warnings say why. */
  readonly unfollowed?: readonly string[]
  readonly tables: readonly TableOutcome[]
  /** Tables that were left as they were, by name. */
  readonly skipped: readonly SkippedTable[]
  /** How many sequences were set to the source's values. */
  readonly sequencesSet: number
  /** What was done to search indexes afterwards. */
  readonly search: readonly SearchOutcome[]
  readonly notes: readonly Finding[]
  /** How many notes the last run of the profile has shown already. */
  readonly knownNotes: number
  readonly warnings: readonly Warning[]
}
