import { TableMap } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import type { SourceMark } from '../../core/watermark.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'

/** Says of a column of one of these tables where it is stored: see {@link placesOf}. */
export function placesIn(
  tables: readonly LiveTable[],
  mark: SourceMark,
): (table: TableName, column: string) => readonly string[] {
  let byName: TableMap<LiveTable> | undefined
  return (name, column) => {
    byName ??= new TableMap(tables.map((table) => [table.name, table]))
    const table = byName.get(name)
    return table === undefined ? [] : placesOf(table, mark, column)
  }
}

/**
 * Where a column of a table is stored, in each of its partitions: texts that no other column of any database shares. They stay the same when the table or the
 * column is renamed, or a partition is detached.
 */
function placesOf(
  { partitions, columns, leftOut }: Pick<LiveTable, 'partitions' | 'columns' | 'leftOut'>,
  { systemIdentifier, databaseOid }: Pick<SourceMark, 'systemIdentifier' | 'databaseOid'>,
  column: string,
): string[] {
  const own = columns.find(({ name }) => name === column)
  if (own === undefined) return []
  const names = [...columns.map(({ name }) => name), ...leftOut].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  )
  const index = names.indexOf(column)
  return partitions.map(
    ({ oid, columnNumbers }) =>
      `${systemIdentifier ?? ''}.${databaseOid}.${oid}.${columnNumbers?.[index] ?? own.number}`,
  )
}
