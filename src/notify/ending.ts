import type { ExitStatus } from '../core/exit-codes.ts'
import type { Finding } from '../core/finding.ts'

/** A run as it starts. */
export interface Start {
  /** Such as `sync`. */
  readonly command: string
  /** Undefined for what has none, such as the export of a whole database, and while it is not known. */
  readonly profile: string | undefined
  /** Whether the command line limits it to some of the tables or rows of its profile. */
  readonly isPartial: boolean
  readonly startedAt: Date
  /** The name of this machine. */
  readonly host: string
}

/** How a run ended, whatever that was: never with a row value or a credential. */
export interface Ending extends Start {
  /** The number of the run in the state; undefined if it was not opened. */
  readonly runId: number | undefined
  readonly finishedAt: Date
  readonly status: ExitStatus
  readonly exitCode: number
  readonly message: string
  readonly hint: string | undefined
  readonly findings: readonly Finding[]
  readonly warnings: readonly { readonly message: string; readonly hint?: string }[]
  readonly figures: Figures
}

/** What a run did, in numbers; what it was not for is absent. */
export interface Figures {
  readonly rows?: Readonly<Record<'inserted' | 'updated' | 'deleted' | 'unchanged', number>>
  /** COPY bytes. */
  readonly bytes?: number
  readonly search?: readonly SearchFigures[]
}

/** What a run did to a search index. */
export interface SearchFigures {
  readonly searchIndex: string
  readonly status: string
  readonly indexed: number
  readonly rejected: number
  readonly deleted: number
}
