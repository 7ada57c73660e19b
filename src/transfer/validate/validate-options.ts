/** What the user has agreed to beforehand. */
export interface ValidateOptions {
  /** Whether the merge may take locks that block readers, if there is no other way. */
  readonly allowBlocking: boolean
}
