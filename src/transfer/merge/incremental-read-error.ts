import { FailedError } from '../../core/errors.ts'
import type { TableName } from '../../core/table-name.ts'

/** Why a table that was read incrementally must be read in full. */
export type Contradiction = 'written' | 'miscounted' | 'violated'

/** An assumption of an incremental read does not hold for these tables. Nothing has been written, and the same run reads them in full. */
export class IncrementalReadError extends FailedError {
  readonly contradiction: Contradiction
  readonly tables: readonly TableName[]

  constructor(
    message: string,
    options: {
      readonly contradiction: Contradiction
      readonly tables: readonly TableName[]
      readonly hint: string
    },
  ) {
    super(message, options)
    this.contradiction = options.contradiction
    this.tables = options.tables
  }
}
