/** What a rollback may do that it does not do by itself. */
export interface UndoOptions {
  /** Whether to overwrite what has changed in the target since. */
  readonly force: boolean
  /** Whether to take locks that block readers where nothing else can do it. */
  readonly allowBlocking: boolean
}
