import type { Collection } from '../search/search-index.ts'
import type { DocumentState } from './document-state.ts'
import type { WantedDocuments } from './documents/wanted-documents.ts'

/** How a collection is filled. */
export interface Filling {
  readonly state: DocumentState
  readonly collection: Collection
  /**
   * How far it is: searches reach one that is `live`; one that is `begun` may have been filled by a run that died, so it is compared with the
   * server before it is gone on with.
   */
  readonly reached: 'empty' | 'begun' | 'live'
  /** How often to look for changes at least: filling may take long enough for more of them. */
  readonly leastPasses: number
  /** Says what of it may be sent and deleted; throws if nothing may. */
  readonly guard: (wanted: WantedDocuments) => Promise<WantedDocuments>
}
