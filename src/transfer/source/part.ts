import type { TableName } from '../../core/table-name.ts'

/** A piece of a table that one reader hands to one writer. */
export interface Part {
  readonly table: TableName
  /** Its number among the parts of its table, from 1. */
  readonly number: number
  /** The number of parts of the same table. */
  readonly of: number
  readonly estimatedBytes: number
  /** 0 if they have not been counted. */
  readonly estimatedRows: number
  /** Whether the server has never counted the rows of its table. */
  readonly isUncounted?: boolean
  /** Whether its rows travel in PostgreSQL's binary form instead of COPY text. */
  readonly isBinary?: boolean
}
