import type { BackupSettings } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import type { TableName } from '../core/table-name.ts'
import type { WantedSearch } from '../indexing/search-task.ts'
import type { MoreDifferences } from '../schema/diff/describe-more.ts'
import type { ExpectedTime } from '../state/expected-time.ts'
import type { SkippedTable } from '../transfer/inspect/drift.ts'
import type { LandStaying } from '../transfer/staying/land-staying.ts'
import type { AfterScript } from './after/read-scripts.ts'
import type { Strategy } from './load/choose-strategy.ts'
import type { SelectionOptions } from './selection-of.ts'

/** What a run can be asked beyond its rules. */
export interface RunOptions extends SelectionOptions {
  /** Whether the merge may take locks that block readers where nothing else can do it. */
  readonly allowBlocking: boolean
  /** Where a dump of the tables is written before they change; undefined for none. */
  readonly backup?: BackupSettings | undefined
  /** Whether what is kept of values from before the masks is removed. */
  readonly purge?: { readonly backups: BackupSettings } | undefined
  /** Whether to leave tables that do not fit as they are, whatever the rules say. */
  readonly skipsDrift?: boolean
  /** Whether to read every row, whatever watermarks say. */
  readonly isFull?: boolean
  /** Whether a plan counts what the run would change, which reads every row of both sides. */
  readonly isCounted?: boolean
  /** Whether tables that the target does not have are created, whatever the rules say. */
  readonly createsSchema?: boolean
  /** Whether what differs in tables that the target has is changed to what the source has, where nothing is lost, whatever the rules say. */
  readonly followsSchema?: boolean
  /** Whether what cannot be created is left out, instead of refusing the run. */
  readonly skipsUnsupported?: boolean
  /** Lands the rows that stay of the database that a new one replaces; they are in the target unless given. */
  readonly landStaying?: LandStaying | undefined
  /** What is brought up to date after the database; undefined for nothing. */
  readonly search?: WantedSearch | undefined
  /** Why `auto` has chosen a swap. */
  readonly swapReason?: string
  /** Whether the SQL files of the profile are left out. */
  readonly skipsAfter?: boolean
  /** What runs after the rows, once it has been read: see `readScripts()`. */
  readonly after?: readonly AfterScript[]
}

/** One side of a run as it was found. */
export interface DatabaseFacts {
  /** The name it has in the configuration, or the dump's path. */
  readonly name: string
  readonly database: string
  /** `server_version`, such as `18.4`. */
  readonly serverVersion: string
}

/** What a run would do with one table. */
export interface PlannedTable {
  readonly table: TableName
  readonly read: { readonly kind: 'full' | 'incremental'; readonly reason: string }
  readonly write: { readonly kind: 'load' } | { readonly kind: 'merge'; readonly by: 'key' | 'multiset' }
  /** The form in which its rows travel, where that is known. */
  readonly format?: 'binary' | 'text'
  readonly parts: number
  readonly estimatedRows: number
  readonly estimatedBytes: number
  /** What would be written to it, if that was asked for. */
  readonly changes?: PlannedChanges
}

/** What a run would write to a table, or why that could not be counted. */
export type PlannedChanges =
  | { readonly inserted: number; readonly updated: number; readonly deleted: number }
  | { readonly notCounted: string }

/** What a run would create, or has created, in order. */
export interface CreatedObject {
  readonly kind: string
  /** What `COMMENT ON` calls it, such as `TABLE public."User"`. */
  readonly identity: string
}

/** What a run would change in the schema of its target, or has changed. */
export interface FollowedChange {
  /** In one or two words, such as `column` or `foreign key`. */
  readonly topic: string
  readonly identity: string
  /** What differs, as `mbsync schema diff` says it. */
  readonly what: string
}

/** What a run would do, with all that validation found. `mbsync check` and `--dry-run` show it. */
export interface RunPlan {
  readonly profile: string
  readonly source: DatabaseFacts
  readonly target: DatabaseFacts
  /** How the target is written, and why. */
  readonly strategy: Strategy
  /** How the merge keeps triggers and foreign keys out of its way. */
  readonly mergeMode: 'replica role' | 'owner'
  /** Errors first. A plan with an error would be refused. */
  readonly findings: readonly Finding[]
  /** Notes that the profile accepts; they are not shown. */
  readonly accepted: readonly Finding[]
  /** Tables that are left as they are, by name. */
  readonly skipped: readonly SkippedTable[]
  /** What is created before any row lands; empty for nothing. */
  readonly creates: readonly CreatedObject[]
  /** What differs in tables that are there, and is changed to what the source has. */
  readonly follows: readonly FollowedChange[]
  /** How much more differs than what decides which rows the target takes, where that was looked at. */
  readonly more?: MoreDifferences
  /** Largest first. */
  readonly tables: readonly PlannedTable[]
  readonly sequences: number
  /** How long the last run of the profile took that was written in the same way. */
  readonly expected?: ExpectedTime
  /** The SQL files that run after the rows. */
  readonly after?: readonly PlannedScript[]
}

/** An SQL file that a run runs after the rows. */
export interface PlannedScript {
  readonly file: string
  readonly statements: number
}
