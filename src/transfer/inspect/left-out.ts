import { nameKey } from '../../core/table-name.ts'
import type { Partition, Table } from '../../postgres/catalog/table.ts'
import type { Session } from '../../postgres/session.ts'
import type { DatabaseCatalog } from './inspection.ts'
import { composedLargeObjectColumns, largeObjectColumns } from './large-object-columns.ts'
import type { LeftOut, OutsideChildren } from './left-out-rows.ts'

/** The tables with children that are not in the catalog. Pure. */
export function outsideChildren({
  tables,
  relations,
}: Pick<DatabaseCatalog, 'relations'> & {
  readonly tables: readonly (Pick<Table, 'name'> & {
    readonly partitions: readonly Pick<Partition, 'oid' | 'children'>[]
  })[]
}): OutsideChildren[] {
  // Most databases have none, and there may be thousands of tables.
  if (!tables.some(({ partitions }) => partitions.some(({ children }) => children.length > 0))) return []
  const inside = new Set(tables.flatMap(({ partitions }) => partitions.map(({ oid }) => oid)))
  const names = new Map(relations.map(({ oid, name }) => [oid, name]))
  return tables.flatMap(({ name: table, partitions }) => {
    const outside = partitions
      .flatMap(({ children }) => children)
      .filter((oid) => !inside.has(oid))
      .flatMap((oid) => names.get(oid) ?? [])
      .sort((a, b) => (nameKey(a) < nameKey(b) ? -1 : 1))
    const [example] = outside
    return example === undefined ? [] : [{ table, children: outside.length, example }]
  })
}

/** How many large objects the database has, and whether any column of a table is of the type of their numbers. */
export function countLargeObjects(
  session: Session,
): Promise<{ readonly count: number; readonly hasColumns: boolean }> {
  return session.queryOne(LARGE_OBJECTS_SQL)
}

const LARGE_OBJECTS_SQL = `
SELECT o.count, o.count > 0 AND EXISTS (
  SELECT FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND c.relnamespace <> 'pg_catalog'::regnamespace
  JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type e ON e.oid = t.typelem
  WHERE a.attnum > 0 AND NOT a.attisdropped AND ('oid'::regtype IN (t.oid, t.typbasetype, e.oid, e.typbasetype) OR t.typtype = 'c')
) AS "hasColumns"
FROM (SELECT count(*)::float8 AS count FROM pg_largeobject_metadata) AS o`

/** What is left out of the large objects with the selected tables. */
export function leftOutObjects(
  { tables, types }: Pick<DatabaseCatalog, 'tables' | 'types'>,
  { count, hasColumns }: { readonly count: number; readonly hasColumns: boolean },
): Pick<LeftOut, 'largeObjects' | 'unreferred'> {
  const refers = tables.some(
    (table) => largeObjectColumns(table, types).length + composedLargeObjectColumns(table, types).length > 0,
  )
  return { largeObjects: refers ? count : 0, unreferred: hasColumns ? 0 : count }
}
