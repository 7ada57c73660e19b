import type { Question } from '../progress/confirm.ts'
import type { ProgressEvent } from '../progress/progress.ts'

/** How a program follows a job, and how it stops it. */
export interface WatchOptions {
  /** Stops the job: what is under way is cancelled and rolled back. */
  readonly signal?: AbortSignal | undefined
  /** Is called for every event of the job. What it throws stops the job. */
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined
}

/** The same of a job that writes to a database. */
export interface WriteOptions extends WatchOptions {
  /** Confirms what the command line confirms with `--yes`. */
  readonly yes?: boolean | undefined
  /** Is asked for what must be confirmed, unless `yes` is given; without either, that is refused. */
  readonly confirm?: ((question: Question) => boolean | Promise<boolean>) | undefined
  /** How long to wait for another run that holds the lock on the target; not at all unless given. */
  readonly waitLockMs?: number | undefined
}

/** What a run reads: what has changed, or every row; `full` also rebuilds search indexes. */
export type ReadMode = 'incremental' | 'repair' | 'full'

/** Which databases and which of their tables and rows a function is about. */
export interface SelectionChoice {
  /** The profile in `mbsync.yaml`; not needed when there is only one. */
  readonly profile?: string | undefined
  /** With `to`, and instead of a profile: the database to read, by its name in `mbsync.yaml` or by a URL. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Over how many connections each side is read or written, 1 to 32; what the profile says unless given. */
  readonly jobs?: number | undefined
  /** Only these tables: names or patterns. */
  readonly tables?: readonly string[] | undefined
  /** Not these tables: names or patterns. */
  readonly exclude?: readonly string[] | undefined
  /** Only the rows that meet an SQL condition, by table. */
  readonly where?: Readonly<Record<string, string>> | undefined
  /** Leaves tables that do not fit into the target as they are. */
  readonly skipDrift?: boolean | undefined
}
