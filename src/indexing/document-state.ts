import type { Session } from '../postgres/session.ts'
import type { Collection, DocumentOutcome, IndexDocument } from '../search/search-index.ts'
import type { KnownDocuments } from '../state/documents.ts'
import type { WantedDocuments } from './documents/wanted-documents.ts'
import type { Unchanged } from './rows/row-watch.ts'

/** What the comparison with the server has found. */
export interface Reconciled {
  /** Documents with ids that the state cannot hold. */
  readonly unusable: number
  /** Documents that the server should have had. */
  readonly lost: number
  /** Documents of the server that the state did not know. */
  readonly unknown: number
  /** Documents that are not as the server had acknowledged them. */
  readonly altered: number
}

/** What a part of an index has, where deletions are guarded part by part. */
export interface IndexShare {
  /** Names the part; undefined for an index that has no parts. */
  readonly part: string | undefined
  /** Documents that are wanted of it. */
  readonly documents: number
  /** Documents that would be deleted, and how many the server has, or may have, before. */
  readonly deletions: number
  readonly of: number
  /** How many of the deletions are documents that another part gets. */
  readonly moved?: number
}

/**
 * The book that is kept of the documents of one collection: which are wanted, and which the server is known to have.
 * `Document` is one that is to be sent, `Outcome` what the server makes of it.
 */
export interface DocumentState<
  Document extends IndexDocument = IndexDocument,
  Outcome extends DocumentOutcome = DocumentOutcome,
> {
  /** Learns what has become of documents since the last run. */
  refresh(collection: Collection): Promise<void>
  /**
   * Writes down which documents there should be, and the text of those that the server does not have in this form: in one statement, so
   * under one snapshot. Where what is remembered may be trusted, no more is looked at than may have changed since.
   * @throws FailedError if an id is missing or comes twice
   */
  want(isTrusted: boolean): Promise<WantedDocuments | Unchanged>
  /** Remembers that the server has all that was wanted last. */
  remember(): Promise<void>
  /** What would be deleted, part by part. */
  shares(wanted: WantedDocuments): Promise<readonly IndexShare[]>
  /** Takes parts out of what is wanted, so that nothing of them is sent or deleted. */
  withhold(wanted: WantedDocuments, parts: readonly string[]): Promise<WantedDocuments>
  count(): Promise<KnownDocuments>
  /** Compares with what the server has, by contents too if that is wanted, and corrects what is known of it: what follows repairs the rest. */
  reconcile(collection: Collection, comparesContents: boolean): Promise<Reconciled>
  /**
   * Marks every document that is about to be sent, before any is: whatever happens to the run, the state never takes a document for
   * unchanged, or for absent, of which the server may have another form.
   */
  markPending(wanted: WantedDocuments): Promise<void>
  /** The documents to send, in portions; each is read by a statement of its own. */
  readPending(session: Session, wanted: WantedDocuments): AsyncIterable<readonly Document[]>
  /** Writes down what the server answered. */
  record(session: Session, documents: readonly Document[], outcomes: readonly Outcome[]): Promise<void>
  /** How many documents are rejected as they are, and are still found in a form that the server had accepted before. */
  countOutdated(): Promise<number>
  /** How many known documents are no longer wanted. */
  countDeleted(wanted: WantedDocuments): Promise<number>
  /** The next of them, in the order of their ids. */
  readDeleted(wanted: WantedDocuments, after: string, limit: number): Promise<readonly string[]>
  /** Renews what the planner knows of the state, after much of it was written. */
  tidy(): Promise<void>
  /** Forgets documents that the server has deleted. */
  forget(session: Session, ids: readonly string[]): Promise<void>
  /** Learns what has become of documents behind their acknowledgement, and tells how many are `rejected` then. */
  conclude(collection: Collection, rejected: number): Promise<number>
}
