import type { ColumnDetails, TableDetails } from '../table-details.ts'
import { columnSettings } from '../write-column.ts'
import { safe } from './changes.ts'
import type { Change } from './difference.ts'
import { alterColumn } from './drop-statement.ts'

/** Why a column of a typed table is not added, dropped or given another type. */
export function reasonOfType(ofType: string): string {
  return `the table is of type ${ofType} in the target, which must be changed`
}

/** What a column lacks that the type gives to its table: only the type can be changed, which adds the column. */
export function addedByType(
  { name: table }: TableDetails,
  column: ColumnDetails,
  { what, key }: { readonly what: string; readonly key: string },
): Change {
  const { name, default: expression, isNotNull, notNull } = column
  const alter = alterColumn(table, name, true)
  const within = [
    ...(expression === undefined ? [] : [`SET DEFAULT ${expression}`]),
    ...columnSettings(column),
  ].map((action) => `${alter} ${action}`)
  const isDemanded = isNotNull && notNull?.isValid !== false
  const after = isDemanded ? [`${alterColumn(table, name)} SET NOT NULL`] : []
  return safe('column', what, { within, after }, { isAboutRows: true, key })
}
