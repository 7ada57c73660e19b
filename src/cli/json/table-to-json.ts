import { displayName, type TableName } from '../../core/table-name.ts'
import type { SkippedTable } from '../../transfer/inspect/drift.ts'

/** A table in JSON: its name as people write it, and in its two halves as it is in the catalog. */
export interface TableJson {
  readonly table: string
  readonly schema: string
  readonly name: string
}

/** Tables that are left as they are, with why. */
export function skippedToJson(skipped: readonly SkippedTable[]): object[] {
  return skipped.map(({ table, ...why }) => ({ ...tableToJson(table), ...why }))
}

/** Spreads a table name into the JSON object of whatever belongs to the table. */
export function tableToJson(table: TableName): TableJson {
  return { table: displayName(table), schema: table.schema, name: table.name }
}
