import { TableMap } from '../../core/table-map.ts'
import { isSameTable, type TableName } from '../../core/table-name.ts'
import type { Selection, SourceForeignKey, SourceSequence, SourceTable } from './inspection.ts'

/** A table without the columns that the selection leaves out. Those of its key stay, which validation refuses. */
export function leaveOutColumns<T extends Pick<SourceTable, 'name' | 'columns'>>(
  table: T,
  keyColumns: readonly string[] | undefined,
  selection: Selection,
): T & Pick<SourceTable, 'leftOut'> {
  const { exclude = [] } = selection.columns.find((rule) => isSameTable(rule.table, table.name)) ?? {}
  const isLeftOut = ({ name }: SourceTable['columns'][number]) =>
    exclude.includes(name) && keyColumns?.includes(name) !== true
  const leftOut = table.columns.filter(isLeftOut).map(({ name }) => name)
  return { ...table, columns: table.columns.filter((column) => !isLeftOut(column)), leftOut }
}

/** The foreign keys of which every column is brought over: the others say nothing of what the target will hold. */
export function keysOfColumns<K extends SourceForeignKey>(
  keys: readonly K[],
  tables: readonly Pick<SourceTable, 'name' | 'leftOut'>[],
  endsOf: (key: K) => readonly [child: TableName, parent: TableName],
): K[] {
  const leftOut = new TableMap(tables.map(({ name, leftOut: names }) => [name, new Set(names)]))
  const lacks = (table: TableName, columns: readonly string[]) =>
    columns.some((column) => leftOut.get(table)?.has(column))
  return keys.filter((key) => {
    const [child, parent] = endsOf(key)
    return !lacks(child, key.childColumns) && !lacks(parent, key.parentColumns)
  })
}

/** The sequences without their columns that are left out, and without those that only such columns use: the target's go on by themselves. */
export function sequencesOfColumns(
  sequences: readonly SourceSequence[],
  tables: readonly Pick<SourceTable, 'name' | 'leftOut'>[],
): SourceSequence[] {
  const leftOut = new TableMap(tables.map(({ name, leftOut: names }) => [name, new Set(names)]))
  return sequences.flatMap((sequence) => {
    const columns = sequence.columns.filter(({ table, column }) => !leftOut.get(table)?.has(column))
    return columns.length === 0 && sequence.columns.length > 0 ? [] : [{ ...sequence, columns }]
  })
}
