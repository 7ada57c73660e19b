import type { FindingCode } from './finding-codes.ts'
import type { TableName } from './table-name.ts'

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
  readonly code?: FindingCode
  /** The tables that it is about, where its subject is not one of them, and what it says of each. */
  readonly tables?: readonly TableName[]
  readonly ofEach?: string
}

/** Gives a code to the findings that have none of their own. */
export function coded<F extends { readonly code?: FindingCode }>(
  code: FindingCode,
  findings: readonly F[],
): F[] {
  return findings.map((finding) => ({ ...finding, code: finding.code ?? code }))
}
