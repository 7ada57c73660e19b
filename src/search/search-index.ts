import type { Finding } from '../core/finding.ts'

/** What is wrong with a search index. */
export interface SearchFinding extends Finding {
  /** Whether it is that the collection does not exist. */
  readonly isMissing?: true
}

/** A document as it is sent. PostgreSQL made its text; nothing parses it on the way. */
export interface IndexDocument {
  readonly id: string
  /** A JSON object on one line, with the `id` in it. */
  readonly json: string
}

/** What became of a document: the server has it, or says why it does not take it. */
export type DocumentOutcome =
  | { readonly kind: 'indexed' }
  | { readonly kind: 'rejected'; readonly error: string }

/** One physical home of the documents of a search index: a Typesense collection, a Mixedbread store, a file. */
export interface Collection {
  /** Its own name, never an alias. */
  readonly name: string
  /** Tells it from another one that had the name before or after, such as a mark in its metadata. */
  readonly identity: string
}

/** A column that the documents have, as PostgreSQL describes the query. */
export interface DocumentColumn {
  readonly name: string
  /** As `format_type` writes it, such as `integer` or `text[]`. */
  readonly type: string
}

/** Numbers of documents from one up to and with another. */
export interface CountRange {
  readonly least: number
  readonly most: number
}

/** How many documents one request may carry, and how many requests run at once. */
export interface IndexLimits {
  readonly documents: number
  /** Of JSON text. */
  readonly bytes: number
  readonly deletions: number
  readonly parallel: number
}

/**
 * Where documents are searched: Typesense, Mixedbread, or a file. Every call retries by itself what passes by itself, and ends early
 * when its signal aborts. Errors are expected ones, with a hint, and hold neither keys nor documents.
 */
export interface SearchIndex {
  readonly limits: IndexLimits
  /** Whether a new collection can stand beside the live one until it is published; `always`: there is no other way to write. */
  readonly rebuilds: 'always' | 'when asked' | 'never'
  /** A text that changes when a new collection would be created as something else. */
  readonly fingerprint: string
  /** Finds everything that would fail, before any write. Changes nothing. */
  check(columns: readonly DocumentColumn[]): Promise<SearchFinding[]>
  /** The collection that searches reach now; undefined if there is none. */
  findLive(): Promise<Collection | undefined>
  /** Whether a collection is still there, and is not another one that has its name now. */
  has(collection: Collection): Promise<boolean>
  /** Waits until the servers take writes, and show all that they have of these collections, and of what searches reach; absent where they always do. */
  awaitReady?(collections: readonly string[]): Promise<void>
  /** Whether a collection keeps its identity under another name, and no other has it; absent where it may be copied. */
  readonly canBeRenamed?: boolean
  /** Whether an identity stays what it is; absent where all do. One that does not is no sign of another collection. */
  isLasting?(identity: string): boolean
  /** Gives a collection an identity that lasts, if that is possible. */
  mark?(collection: Collection): Promise<Collection>
  /** Whether a name is one that {@link nextName} gave, in whatever run. */
  hasMade?(name: string): boolean
  /** The name that searches use for a collection whose mark and name say that it was made for another search index; undefined if they do not. */
  madeFor?(collection: Collection): string | undefined
  /** Which of these documents a collection lacks, as far as it can be asked for them; where identities may not last. */
  findMissing?(collection: Collection, ids: readonly string[]): Promise<readonly string[]>
  /** Brings the live collection up to what the configuration changes in it, and says what it did; documents have these columns. */
  adjust(live: Collection, columns: readonly DocumentColumn[]): Promise<readonly string[]>
  /** A name for a new collection: it is written down before there is one, so that none is ever forgotten. */
  nextName(): string
  /**
   * Creates an empty collection of that name, which no search reaches. References lead to the `replacements` of the names that searches use,
   * which are published with it.
   */
  create(name: string, replacements?: ReadonlyMap<string, string>): Promise<Collection>
  /**
   * Whether references of a collection lead to one that searches do not reach any more, so that joins fail: a run has ended between two switches.
   * Absent where there are no references. With `replacements`, whether they would once searches by these names reach other collections.
   */
  isMisled?(live: Collection, replacements?: ReadonlyMap<string, string>): Promise<boolean>
  /** What names the live collection and not what searches use, so that it stays behind when another is published; absent where nothing can. */
  findLeftBehind?(live: Collection): Promise<Finding[]>
  /** What publishing does besides, such as dropping what has the name that searches use, to be told beforehand; undefined if nothing. */
  publishNotice(): Promise<string | undefined>
  /**
   * Lets searches reach the collection in place of the live one, which stays unless {@link publishNotice} says otherwise.
   * The identity may be another afterwards.
   */
  publish(collection: Collection): Promise<Collection>
  /** Drops a collection; one that is not there is as good as dropped. */
  drop(name: string): Promise<void>
  /** How many documents there are, once the number holds still or is one of the `expected`. */
  countDocuments(collection: Collection, expected?: CountRange): Promise<number>
  /**
   * The documents of other collections that refer to these, which servers delete or change together with them; absent where none refer to
   * others. By concrete names, as far as the key may see them.
   */
  findReferring?(
    collection: Collection,
    ids: readonly string[],
  ): AsyncIterable<{ readonly collection: string; readonly ids: readonly string[] }>
  /** The ids of all documents, in portions. */
  listIds(collection: Collection): AsyncIterable<readonly string[]>
  /** All documents as they are there, without what the server adds to them, in portions; absent where none can be read back. */
  listTexts?(collection: Collection): AsyncIterable<readonly IndexDocument[]>
  /** The names of what documents are not read back with, at their top level; absent where all is kept. */
  listUnread?(collection: Collection): Promise<ReadonlySet<string>>
  /**
   * Replaces or adds documents. The outcomes are in the order of the documents, one for each. An index that sends them one by one tells
   * `acknowledge` of each as soon as it is answered: what it was told holds even if the call fails.
   */
  upsert(
    collection: Collection,
    documents: readonly IndexDocument[],
    acknowledge?: (document: IndexDocument, outcome: DocumentOutcome) => void,
  ): Promise<readonly DocumentOutcome[]>
  /** Deletes documents; those that are not there are as good as deleted. Tells of each in the same way. */
  delete(collection: Collection, ids: readonly string[], acknowledge?: (id: string) => void): Promise<void>
  /** Lets go of connections and files. Never throws. */
  close(): Promise<void>
}
