import type { TableName } from '../../core/table-name.ts'

/** Rows that a database shows with its selected tables, and that are not part of them. */
export interface LeftOut {
  /** Tables whose inheritance children are not selected. */
  readonly parents: readonly OutsideChildren[]
  /** How many large objects the database has, if selected columns may refer to them. */
  readonly largeObjects: number
  /** How many there are if no column of any table can refer to them; unknown of dumps. */
  readonly unreferred?: number
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

/** A table of an extension whose rows are dumped with the database. */
export interface FilledExtensionTable {
  readonly table: TableName
  readonly extension: string
  /** Whether such rows were seen; otherwise the table could not be read. */
  readonly isKnown: boolean
}
