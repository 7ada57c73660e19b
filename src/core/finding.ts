/**
 * One thing that validation found. An `error` refuses the run; a `note` is harmless and only told.
 * `subject` names the table, sequence or database it is about, ready to print.
 */
export interface Finding {
  readonly severity: 'error' | 'note'
  readonly subject: string
  readonly message: string
  /** What to do about it; absent on notes that need nothing done. */
  readonly hint?: string
}
