import { displayName, type TableName } from '../../core/table-name.ts'

/** A table in JSON: its name as people write it, and in its two halves as it is in the catalog. */
export interface TableJson {
  readonly table: string
  readonly schema: string
  readonly name: string
}

/** Spreads a table name into the JSON object of whatever belongs to the table. */
export function tableToJson(table: TableName): TableJson {
  return { table: displayName(table), schema: table.schema, name: table.name }
}
