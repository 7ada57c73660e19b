import { nameKey } from '../../core/table-name.ts'
import type { Partition, Table } from '../../postgres/catalog/table.ts'
import type { Session } from '../../postgres/session.ts'
import type { DatabaseCatalog } from './inspection.ts'
import { composedLargeObjectColumns, largeObjectColumns } from './large-object-columns.ts'
import type { FilledExtensionTable, LeftOut, OutsideChildren } from './left-out-rows.ts'

/** Finds what a run leaves out, including tables of extensions. */
export async function readLeftOut(
  session: Session,
  catalog: DatabaseCatalog,
  extensionTables: readonly FilledExtensionTable[],
): Promise<LeftOut> {
  const refers = catalog.tables.some(
    (table) =>
      largeObjectColumns(table, catalog.types).length +
        composedLargeObjectColumns(table, catalog.types).length >
      0,
  )
  return {
    parents: outsideChildren(catalog),
    largeObjects: refers ? await countLargeObjects(session) : 0,
    extensionTables,
  }
}

/** The tables with children that are not in the catalog. Pure. */
export function outsideChildren({
  tables,
  relations,
}: Pick<DatabaseCatalog, 'relations'> & {
  readonly tables: readonly (Pick<Table, 'name'> & {
    readonly partitions: readonly Pick<Partition, 'oid' | 'children'>[]
  })[]
}): OutsideChildren[] {
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

async function countLargeObjects(session: Session): Promise<number> {
  const { n } = await session.queryOne<{ n: number }>(
    'SELECT count(*)::float8 AS n FROM pg_largeobject_metadata',
  )
  return n
}
