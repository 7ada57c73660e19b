import type { TableName } from '../../core/table-name.ts'

/** What a database shows with its selected tables, and that is not among their rows. */
export interface LeftOut {
  /** Tables whose inheritance children are not selected. */
  readonly parents: readonly OutsideChildren[]
  /** How many large objects the database has, if selected columns may refer to them. */
  readonly largeObjects: number
  /** Tables of extensions with rows of users. */
  readonly extensionTables: readonly FilledExtensionTable[]
}

/** A table whose queries show rows of tables outside the run. */
export interface OutsideChildren {
  readonly table: TableName
  readonly children: number
  /** One of the children. */
  readonly example: TableName
}

/** A table of an extension that is dumped with its database. */
export interface FilledExtensionTable {
  readonly table: TableName
  readonly extension: string
  /** Whether it was seen to hold such rows; else that could not be looked at. */
  readonly isKnown: boolean
}
