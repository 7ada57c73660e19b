import { printable } from '../../core/printable.ts'
import { displayName, type TableName } from '../../core/table-name.ts'

export { printable } from '../../core/printable.ts'

/** A relation's name as a person reads it, safe for a terminal. */
export function printableName(name: TableName): string {
  return printable(displayName(name))
}
