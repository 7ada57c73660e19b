import { displayName, type TableName } from '../../core/table-name.ts'
import type { SkippedTable } from '../../transfer/inspect/drift.ts'
import type { SkippedTableResult, TableJson } from '../results.ts'

/** Tables that are left as they are, with why. */
export function skippedToJson(skipped: readonly SkippedTable[]): SkippedTableResult[] {
  return skipped.map(({ table, ...why }) => ({ ...tableToJson(table), ...why }))
}

/** Spreads a table name into the JSON object of whatever belongs to the table. */
export function tableToJson(table: TableName): TableJson {
  return { table: displayName(table), schema: table.schema, name: table.name }
}
