import { TableMap } from '../../core/table-map.ts'
import { isSameTable, type TableName } from '../../core/table-name.ts'
import type { Selection, SourceForeignKey, SourceSequence, SourceTable } from './inspection.ts'

/** A table without the columns that the selection leaves out. Columns of its key stay, and validation refuses them. */
export function leaveOutColumns<T extends Pick<SourceTable, 'name' | 'columns'>>(
  table: T,
  keyColumns: readonly string[] | undefined,
  selection: Selection,
): T & Pick<SourceTable, 'leftOut'> {
  const { exclude = [] } = selection.columns.find((rule) => isSameTable(rule.table, table.name)) ?? {}
  const isLeftOut = ({ name }: SourceTable['columns'][number]) =>
    exclude.includes(name) && keyColumns?.includes(name) !== true
  // After a spread, each table's object would have a hidden class of its own in Node.js 20.
  if (exclude.length === 0) return Object.assign({}, table, { leftOut: NOTHING })
  const leftOut = table.columns.filter(isLeftOut).map(({ name }) => name)
  return { ...table, columns: table.columns.filter((column) => !isLeftOut(column)), leftOut }
}

const NOTHING: readonly string[] = []

/** The foreign keys whose columns are all copied. The others say nothing about what the target will hold. */
export function keysOfColumns<K extends SourceForeignKey>(
  keys: readonly K[],
  tables: readonly Pick<SourceTable, 'name' | 'leftOut'>[],
  endsOf: (key: K) => readonly [child: TableName, parent: TableName],
): K[] {
  const leftOut = columnsLeftOut(tables)
  const lacks = (table: TableName, columns: readonly string[]) =>
    columns.some((column) => leftOut.get(table)?.includes(column))
  return keys.filter((key) => {
    const [child, parent] = endsOf(key)
    return !lacks(child, key.childColumns) && !lacks(parent, key.parentColumns)
  })
}

/**
 * The sequences without their left-out columns, and without sequences that only such columns use: those of the target continue by
 * themselves.
 */
export function sequencesOfColumns(
  sequences: readonly SourceSequence[],
  tables: readonly Pick<SourceTable, 'name' | 'leftOut'>[],
): SourceSequence[] {
  const leftOut = columnsLeftOut(tables)
  return sequences.flatMap((sequence) => {
    const columns = sequence.columns.filter(({ table, column }) => !leftOut.get(table)?.includes(column))
    return columns.length === 0 && sequence.columns.length > 0 ? [] : [{ ...sequence, columns }]
  })
}

/** The columns that are left out of the few tables of which some are. */
function columnsLeftOut(
  tables: readonly Pick<SourceTable, 'name' | 'leftOut'>[],
): TableMap<readonly string[]> {
  const some = tables.filter(({ leftOut }) => leftOut.length > 0)
  return new TableMap(some.map(({ name, leftOut }) => [name, leftOut]))
}
