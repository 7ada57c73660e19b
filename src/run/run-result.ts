import type { Finding } from '../core/finding.ts'
import type { RowCounts } from '../core/row-counts.ts'
import type { TableName } from '../core/table-name.ts'
import type { SearchOutcome } from '../indexing/index-documents.ts'
import type { CreatedCounts } from '../state/created-objects.ts'
import type { SkippedTable } from '../transfer/inspect/drift.ts'

/** What a run did to one table. */
export interface TableOutcome extends RowCounts {
  readonly table: TableName
  /** Rows of the target that the profile keeps; undefined if it keeps none. */
  readonly kept?: number
  /** Rows of the source that were left out, because the target keeps rows with their keys. */
  readonly leftOut?: number
  /** Time spent on landing, comparing and writing the table. The times of different tables overlap. */
  readonly durationMs: number
}

/** A problem after COMMIT, or something that a person should know about a finished run. It is reported at the end, not as an event. */
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
  /** The dump of the target's tables that was written before they changed. */
  readonly backup?: string
  /** The previous database of the target, if a new one has replaced it and it is kept. */
  readonly previousDatabase?: string
  /** How many objects of each kind the run created. */
  readonly created: CreatedCounts
  /** How many differences of each kind the run settled in existing tables. */
  readonly followed: CreatedCounts
  /** Names of objects that could not be changed, because rows violate their definition in the source. The warnings say why. */
  readonly unfollowed?: readonly string[]
  readonly tables: readonly TableOutcome[]
  /** Tables that were skipped, by name. */
  readonly skipped: readonly SkippedTable[]
  /** How many sequences were set to the source's values. */
  readonly sequencesSet: number
  /** What was done to search indexes afterwards. */
  readonly search: readonly SearchOutcome[]
  readonly notes: readonly Finding[]
  /** How many notes the last run of the profile had already shown. */
  readonly knownNotes: number
  readonly warnings: readonly Warning[]
}
