import { FailedError } from '../../core/errors.ts'
import type { TableName } from '../../core/table-name.ts'

/** Why a table that was read incrementally must be read in full. */
export type Contradiction = 'written' | 'miscounted' | 'violated'

/** What an incremental read of these tables relied on does not hold. Nothing has been written: they are read in full, in the same run. */
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
