/** What the user has agreed to beforehand. */
export interface ValidateOptions {
  /** Whether the merge may take locks that block readers where nothing else can do it. */
  readonly allowBlocking: boolean
}
