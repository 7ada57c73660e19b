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

/** The placeholder for strategy and reads if validation has found problems. */
export const UNDECIDED = 'validation found problems'

/** The options of a run, in addition to its rules. */
export interface RunOptions extends SelectionOptions {
  /** Whether the merge may take locks that block readers, if there is no other way. */
  readonly allowBlocking: boolean
  /** Where a dump of the tables is written before they change; undefined for none. */
  readonly backup?: BackupSettings | undefined
  /** Whether raw values from before the masks are removed; `takesUnknown`: with rows that stay whose origin is unknown. */
  readonly purge?: { readonly backups: BackupSettings; readonly takesUnknown: boolean } | undefined
  /** Whether to skip tables that do not fit, even if the rules do not say so. */
  readonly skipsDrift?: boolean
  /** Whether to read every row, even where watermarks allow an incremental read. */
  readonly isFull?: boolean
  /** Whether a plan counts what the run would change, which reads every row of both sides. */
  readonly isCounted?: boolean
  /** Whether to create tables that the target lacks, even if the rules do not say so. */
  readonly createsSchema?: boolean
  /** Whether to adapt existing tables to the source where nothing is lost, even if the rules do not say so. */
  readonly followsSchema?: boolean
  /** Whether objects that cannot be created are left out, instead of refusing the run. */
  readonly skipsUnsupported?: boolean
  /** Lands the rows that stay, from the database that a new one replaces. If missing, they are in the target itself. */
  readonly landStaying?: LandStaying | undefined
  /** The search indexes to update after the database; undefined for none. */
  readonly search?: WantedSearch | undefined
  /** Why `auto` has chosen a swap. */
  readonly swapReason?: string
  /** Whether to skip the SQL files of the profile. */
  readonly skipsAfter?: boolean
  /** The SQL to run after the rows, once it has been read: see `readScripts()`. */
  readonly after?: readonly AfterScript[]
}

/** One side of a run. */
export interface DatabaseFacts {
  /** Its name in the configuration, or the path of the dump. */
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
  /** The form in which its rows travel, if it is known. */
  readonly format?: 'binary' | 'text'
  readonly parts: number
  /** Missing if the server has never counted the rows: the table was never analyzed. */
  readonly estimatedRows?: number
  readonly estimatedBytes: number
  /** What would be written to it, if the plan counts. */
  readonly changes?: PlannedChanges
}

/** What a run would write to a table, or why that could not be counted. */
export type PlannedChanges =
  | { readonly inserted: number; readonly updated: number; readonly deleted: number }
  | { readonly notCounted: string }

/** What a run would create, or has created, in order. */
interface CreatedObject {
  readonly kind: string
  /** What `COMMENT ON` calls it, such as `TABLE public."User"`. */
  readonly identity: string
}

/** What a run would change in the schema of its target, or has changed. */
export interface FollowedChange {
  /** One or two words, such as `column` or `foreign key`. */
  readonly topic: string
  readonly identity: string
  /** The difference, in the words of `mbsync schema diff`. */
  readonly what: string
}

/** What a run would do, and all findings of validation. `mbsync check` and `--dry-run` show it. */
export interface RunPlan {
  readonly profile: string
  readonly source: DatabaseFacts
  readonly target: DatabaseFacts
  /** How the target is written, and why. */
  readonly strategy: Strategy
  /** How the merge handles triggers and foreign keys. */
  readonly mergeMode: 'replica role' | 'owner'
  /** Errors first. With an error, the run would be refused. */
  readonly findings: readonly Finding[]
  /** Notes that the profile accepts; they are not shown. */
  readonly accepted: readonly Finding[]
  /** Tables that the run skips, by name. */
  readonly skipped: readonly SkippedTable[]
  /** Objects that are created before any row lands; empty for none. */
  readonly creates: readonly CreatedObject[]
  /** Differences of existing tables that the run would settle. */
  readonly follows: readonly FollowedChange[]
  /** How many other differences there are, which do not affect which rows the target accepts; undefined if they were not read. */
  readonly more?: MoreDifferences
  /** Largest first. */
  readonly tables: readonly PlannedTable[]
  readonly sequences: number
  /** How long the last run of the profile took that used the same strategy. */
  readonly expected?: ExpectedTime
  /** The SQL files that run after the rows. */
  readonly after?: readonly PlannedScript[]
}

/** An SQL file that a run runs after the rows. */
export interface PlannedScript {
  readonly file: string
  readonly statements: number
}
