import type { Profile } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import type { TableName } from '../core/table-name.ts'
import type { Watch } from './watch.ts'

/** What `mbsync sync` can be asked beyond its profile. */
export interface SyncOptions {
  /** Patterns that narrow the profile's tables; empty for all of them. */
  readonly tables: readonly string[]
  /** Whether the merge may take locks that block readers where nothing else can do it. */
  readonly allowBlocking: boolean
}

/** What a run did to one table. */
export interface TableOutcome {
  readonly table: TableName
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly unchanged: number
  /** Time spent on the table in landing, comparing and applying, which overlap between tables. */
  readonly durationMs: number
}

/** Something that went wrong after COMMIT, or that a person should know of a finished run. */
export interface Warning {
  readonly message: string
  readonly hint?: string
}

/** What a run did. */
export interface SyncResult {
  readonly runId: number
  readonly profile: string
  readonly startedAt: Date
  readonly durationMs: number
  /** COPY text bytes read from the source. */
  readonly bytes: number
  readonly tables: readonly TableOutcome[]
  /** How many sequences were set to the source's values. */
  readonly sequencesSet: number
  readonly notes: readonly Finding[]
  readonly warnings: readonly Warning[]
}

/** One side of a profile as it was found. */
export interface DatabaseFacts {
  /** The name it has in the configuration. */
  readonly name: string
  readonly database: string
  /** `server_version`, such as `18.4`. */
  readonly serverVersion: string
}

/** What a run would do with one table. */
export interface PlannedTable {
  readonly table: TableName
  readonly read: { readonly kind: 'full'; readonly reason: string }
  readonly write: { readonly kind: 'merge'; readonly by: 'key' | 'multiset' }
  readonly parts: number
  readonly estimatedRows: number
  readonly estimatedBytes: number
}

/** What a run would do, with all that validation found. `mbsync check` and `sync --dry-run` show it. */
export interface SyncPlan {
  readonly profile: string
  readonly source: DatabaseFacts
  readonly target: DatabaseFacts
  /** How the merge keeps triggers and foreign keys out of its way. */
  readonly mergeMode: 'replica role' | 'owner'
  /** Errors first. A plan with an error would be refused. */
  readonly findings: readonly Finding[]
  /** Largest first. */
  readonly tables: readonly PlannedTable[]
  readonly sequences: number
}

/**
 * Brings the profile's target to the state of its source in one transaction.
 * @throws RefusedError if validation finds a reason not to; FailedError, LockedError, InterruptedError
 */
export async function sync(_profile: Profile, _options: SyncOptions, _watch: Watch): Promise<SyncResult> {
  throw new Error('not built')
}

/** What {@link sync} would do now. Changes nothing. Validation errors are in the plan, not thrown. */
export async function planSync(_profile: Profile, _options: SyncOptions, _watch: Watch): Promise<SyncPlan> {
  throw new Error('not built')
}
