import type { LiveCatalog, LiveForeignKey, LiveTable } from '../../inspect/inspect-source.ts'

/** What is known of a database whose columns are judged. */
export interface JudgedCatalog {
  readonly tables: readonly Pick<LiveTable, 'name' | 'columns' | 'keyColumns'>[]
  readonly foreignKeys: readonly Pick<LiveForeignKey, 'childTable' | 'parentTable' | 'childColumns'>[]
  /** Whether a column is unique decides only which masks suit it. */
  readonly restrictions?: LiveCatalog['restrictions']
}
