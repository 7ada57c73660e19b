import { nameKey, type TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import type { DatabaseCatalog } from './inspection.ts'
import { largeObjectColumns } from './large-object-columns.ts'

/** What a database shows with its selected tables, and that is not among their rows. */
export interface LeftOut {
  /** Tables whose inheritance children are not selected. */
  readonly parents: readonly OutsideChildren[]
  /** How many large objects the database has, if selected columns may refer to them. */
  readonly largeObjects: number
  /** Tables of extensions with rows of users. */
  readonly extensionTables: readonly FilledExtensionTable[]
}

/** A table whose queries show rows of tables outside the run. */
export interface OutsideChildren {
  readonly table: TableName
  readonly children: number
  /** One of the children. */
  readonly example: TableName
}

/** A table of an extension that is dumped with its database. */
export interface FilledExtensionTable {
  readonly table: TableName
  readonly extension: string
  /** Whether it was seen to hold such rows; else that could not be looked at. */
  readonly isKnown: boolean
}

/** Finds what a run leaves out, the tables of extensions among it. */
export async function readLeftOut(
  session: Session,
  catalog: DatabaseCatalog,
  extensionTables: readonly FilledExtensionTable[],
): Promise<LeftOut> {
  const refers = catalog.tables.some((table) => largeObjectColumns(table).length > 0)
  return {
    parents: outsideChildren(catalog),
    largeObjects: refers ? await countLargeObjects(session) : 0,
    extensionTables,
  }
}

/** The tables whose children are not among those of the catalog. Pure. */
export function outsideChildren({
  tables,
  relations,
}: Pick<DatabaseCatalog, 'tables' | 'relations'>): OutsideChildren[] {
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
