/** A document that is to be sent. */
export interface PendingStoreDocument {
  readonly id: string
  readonly json: string
  /** Hexadecimal. */
  readonly contentHash: string
  readonly metadataHash: string
  /** Whether the store has its text already. */
  readonly hasText: boolean
  /** Where the store has it; undefined if that is not known, as when a run died that may have replaced it. */
  readonly previousRemoteId: string | undefined
  /** The tenant that it is for now; undefined for everybody. */
  readonly tenantId: string | undefined
}
