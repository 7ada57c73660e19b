import type { ColumnDetails, TableDetails } from '../table-details.ts'
import type { Pair } from './sides.ts'

/** A column of both tables. */
export interface ColumnPair {
  readonly table: TableDetails
  readonly tables: Pair
  readonly source: ColumnDetails
  readonly target: ColumnDetails
}
