import type { DocumentOutcome, IndexDocument } from '../search-index.ts'
import type { RemoteStatus } from './remote-file.ts'

/** A document, and what is known of the one that it replaces. */
export interface MixedbreadDocument extends IndexDocument {
  /**
   * The remote id that the document has had until now, null if it is surely not in the store. Without it, the store is asked, which
   * costs a read, of which there are plenty; a wrong one leaves an orphan behind.
   */
  readonly previousRemoteId?: string | null
  /** Whether the store has the text already, so that the metadata alone are replaced: one request, and no new ingestion. */
  readonly hasText?: boolean
}

/** What became of a document, with what is worth remembering of it. */
export type MixedbreadOutcome =
  | { readonly kind: 'indexed'; readonly remoteId: string; readonly remoteStatus: RemoteStatus }
  | Extract<DocumentOutcome, { kind: 'rejected' }>

/** What became of metadata: `missing` says that there is no such document, which must be sent whole. */
export type MetadataOutcome = MixedbreadOutcome | { readonly kind: 'missing' }
