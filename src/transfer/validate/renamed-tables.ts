import { TableMap, TableSet } from '../../core/table-map.ts'
import { isSameTable, type TableName } from '../../core/table-name.ts'
import type { ExtensionNames } from '../../postgres/catalog/read-extension-names.ts'
import type { Inspection, SourceColumn, SourceTable } from '../inspect/inspection.ts'
import { portableSql } from './portable-sql.ts'

/**
 * The tables of the source that the target probably has under other names, or in other schemas: exactly one table that only the target has
 * has the same columns, and either the same schema or the same name.
 */
export function renamedTables(
  { source, target, pairs }: Inspection,
  missing: readonly SourceTable[],
): TableMap<TableName> {
  const paired = new TableSet(pairs.map((pair) => pair.target.name))
  const own = target.tables.filter(
    ({ name }) => !paired.has(name) && !source.relations.some((relation) => isSameTable(relation.name, name)),
  )
  const renamed = new TableMap<TableName>()
  for (const part of ['schema', 'name'] as const) {
    const there = byShape(missing, part, source.extensionNames)
    const here = byShape(own, part, target.extensionNames)
    for (const [shape, tables] of there) {
      const [table, another] = tables
      const [twin, ambiguous] = here.get(shape) ?? []
      if (table === undefined || twin === undefined || another !== undefined || ambiguous !== undefined)
        continue
      if (!renamed.has(table.name)) renamed.set(table.name, twin.name)
    }
  }
  return renamed
}

/** Tables with a single column are too similar. */
function byShape<T extends { readonly name: TableName; readonly columns: readonly SourceColumn[] }>(
  tables: readonly T[],
  part: 'schema' | 'name',
  names: ExtensionNames,
): Map<string, T[]> {
  const shapes = new Map<string, T[]>()
  for (const table of tables) {
    if (table.columns.length < 2) continue
    const shape = JSON.stringify([
      table.name[part],
      ...table.columns.map(({ name, type, isNotNull }) => [name, portableSql(type, names), isNotNull]),
    ])
    shapes.set(shape, [...(shapes.get(shape) ?? []), table])
  }
  return shapes
}
