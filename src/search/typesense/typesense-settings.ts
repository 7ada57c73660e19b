import type { RetryPolicy } from '../retry.ts'
import type { IndexLimits } from '../search-index.ts'

/** A server of a Typesense cluster. */
export interface TypesenseNode {
  readonly protocol: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** What precedes every path, such as `/typesense`; usually empty. */
  readonly path: string
}

/** A field as Typesense's own schema describes it; properties beyond these are passed on as they are. */
export interface FieldSettings {
  readonly name: string
  readonly type: string
  readonly optional?: boolean | undefined
  readonly [property: string]: unknown
}

/** The schema of a collection, in Typesense's own names. */
export interface CollectionSettings {
  readonly fields: readonly FieldSettings[]
  readonly default_sorting_field?: string | undefined
  readonly token_separators?: readonly string[] | undefined
  readonly symbols_to_index?: readonly string[] | undefined
  readonly enable_nested_fields?: boolean | undefined
  readonly metadata?: object | undefined
}

/** Where a Typesense search index is, and what it is to be. */
export interface TypesenseSettings {
  /** At least one; another is asked when one fails. */
  readonly nodes: readonly TypesenseNode[]
  readonly apiKey: string
  /** How long it may take to connect, with TLS. */
  readonly connectMs: number
  /** How long a request may take, to the last byte of its reply; an export, from one byte to the next. */
  readonly requestMs: number
  /** How long servers may take no requests while they start and replay their log. */
  readonly readyMs: number
  /** Is called whenever a server is waited for that is not ready. */
  readonly onWait?: (() => void) | undefined
  /** The name that searches use: an alias, or a collection of that name. */
  readonly collection: string
  /** The names of collections that are rebuilt by the same run, and published with this one. */
  readonly together?: readonly string[] | undefined
  /** Undefined if the collection is used as it is. */
  readonly schema: CollectionSettings | undefined
  /** What is not refused but created: a collection that is missing, or one in any case, to replace the live one, whose schema then does not matter. */
  readonly creates: 'nothing' | 'missing' | 'replacement'
  /** Of the import of documents, in the server's terms. */
  readonly importParameters?: Readonly<Record<string, string | number | boolean>> | undefined
  readonly limits: IndexLimits
  /** The usual one if absent. */
  readonly pacing?: Pacing | undefined
}

/** How long is waited for a server, and how often. */
export interface Pacing {
  readonly retry: RetryPolicy
  /** The least wait for a server that lags or has no leader; up to as much again is added at random. */
  readonly lagWaitMs: number
  /** Between two reads of the number of documents. */
  readonly settleMs: number
  /** How often the number of documents is read before it is given up on. */
  readonly settleReads: number
}

/** The waits for a server in production: some minutes of trouble are outlasted. */
export const DEFAULT_PACING: Pacing = {
  retry: { attempts: 8, firstWaitMs: 1000, longestWaitMs: 60_000 },
  lagWaitMs: 10_000,
  settleMs: 400,
  settleReads: 75,
}
