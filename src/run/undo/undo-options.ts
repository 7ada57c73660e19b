/** What a rollback may do only on request. */
export interface UndoOptions {
  /** Whether to overwrite what has changed in the target since the run. */
  readonly force: boolean
  /** Whether to take locks that block readers, if there is no other way. */
  readonly allowBlocking: boolean
}
