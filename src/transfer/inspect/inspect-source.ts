import { TableMap } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import type { IndexNames, ListedRelation } from '../../postgres/catalog/list-relations.ts'
import { readExtensionTables } from '../../postgres/catalog/read-extension-tables.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { readOwnSequenceValues, type Sequence } from '../../postgres/catalog/read-sequences.ts'
import type { ServerFacts } from '../../postgres/catalog/read-server.ts'
import type { Key, Table } from '../../postgres/catalog/table.ts'
import type { Session } from '../../postgres/session.ts'
import type { TableMasks } from '../masks/table-masks.ts'
import { columnFacts, digestOf, typeFacts } from './fingerprint.ts'
import type { DatabaseCatalog, Selection, SourceCatalog, SourceSequence, SourceTable } from './inspection.ts'
import { keysOfColumns, leaveOutColumns } from './leave-out-columns.ts'
import { countLargeObjects, leftOutObjects, outsideChildren } from './left-out.ts'
import { type ListedTables, readCatalog } from './read-catalog.ts'
import { conditionsOf, isExcludedAlone, isMatched, isSelected, joinConditions } from './select-relations.ts'

/** The catalog of a live database, with everything that is needed to read its rows. */
export interface LiveCatalog extends SourceCatalog {
  readonly server: ServerFacts
  readonly relations: readonly ListedRelation[]
  readonly indexes: IndexNames
  readonly tables: readonly LiveTable[]
  readonly foreignKeys: readonly LiveForeignKey[]
  /** Which tables the checks and computed columns of others read, through functions. */
  readonly functionReads: readonly { readonly table: TableName; readonly read: TableName }[]
}

/** A table of a live database, whose rows are in its partitions. */
export interface LiveTable extends SourceTable {
  readonly columns: Table['columns']
  readonly partitions: Table['partitions']
  readonly fingerprint: string
  /** How its masked columns are read. */
  readonly masks?: TableMasks
}

/** A foreign key between tables of a live database, with the root tables of partitions. */
export interface LiveForeignKey extends ForeignKey {
  readonly childTable: TableName
  readonly parentTable: TableName
}

/**
 * Reads the catalog of a database. `session` holds its snapshot, with which `listed` was read. `witness` has no open transaction. Judges
 * nothing.
 */
export async function inspectSource(
  session: Session,
  witness: Session,
  selection: Selection,
  listed: ListedTables,
): Promise<LiveCatalog> {
  const [catalog, largeObjects, extensionTables] = await Promise.all([
    readCatalog(session, listed),
    countLargeObjects(session),
    readExtensionTables(witness, (name) => isMatched(selection, name)),
  ])
  const roots = new Map(
    catalog.tables.flatMap(({ partitions, name }) => partitions.map(({ oid }) => [oid, name] as const)),
  )
  const tables = catalog.tables.map((table) => leaveOutColumns(table, keyNames(table), selection))
  const foreignKeys = catalog.foreignKeys.map((key) => ({
    childTable: roots.get(key.childOid) ?? key.child,
    parentTable: roots.get(key.parentOid) ?? key.parent,
    ...key,
  }))
  return {
    server: catalog.server,
    relations: catalog.relations,
    indexes: catalog.indexes,
    tables: tables.map((table) => ({
      name: table.name,
      isPartitioned: table.isPartitioned,
      columns: table.columns,
      leftOut: table.leftOut,
      keyColumns: keyNames(table),
      partitioning: table.partitioning,
      where: joinConditions(conditionsOf(selection, table.name)),
      partitions: table.partitions,
      fingerprint: fingerprintTable(table, catalog, selection),
    })),
    types: catalog.types,
    extensionNames: catalog.extensionNames,
    foreignKeys: keysOfColumns(foreignKeys, tables, ({ childTable, parentTable }) => [
      childTable,
      parentTable,
    ]),
    sequences: await readValues(witness, selectSequences(catalog, selection, roots), roots),
    restrictions: catalog.restrictions,
    functionReads: catalog.functionReads.flatMap(({ writtenOid, readOid }) => {
      const [table, read] = [roots.get(writtenOid), roots.get(readOid)]
      return table === undefined || read === undefined ? [] : [{ table, read }]
    }),
    leftOut: { parents: outsideChildren(catalog), ...leftOutObjects(catalog, largeObjects), extensionTables },
  }
}

/**
 * Changes that xmin does not show: storage that was rewritten or truncated, partitions that were added or removed, columns that were added
 * with a default, renamed labels, another condition.
 */
function fingerprintTable(table: Table, catalog: DatabaseCatalog, selection: Selection): string {
  const facts = {
    partitions: table.partitions.map(({ oid, fileNode, name, bounds, columnNumbers }) => {
      return [oid, fileNode, name, bounds, columnNumbers]
    }),
    columns: columnFacts(table.columns),
    key: table.key?.columns,
    types: typeFacts(table.oid, catalog),
    where: joinConditions(conditionsOf(selection, table.name)) ?? null,
  }
  return digestOf(facts)
}

/** Tables whose keys have the same columns share these names, as they share the columns. */
function keyNames({ key }: Pick<Table, 'key'>): readonly string[] | undefined {
  if (key === undefined) return undefined
  const names = KEY_NAMES.get(key.columns) ?? key.columns.map(({ name }) => name)
  KEY_NAMES.set(key.columns, names)
  return names
}

const KEY_NAMES = new WeakMap<Key['columns'], readonly string[]>()

/** Sequences are selected with the tables that use them. Those that no table owns are also selected by their own name. */
function selectSequences(
  { sequences, relations }: DatabaseCatalog,
  selection: Selection,
  roots: ReadonlyMap<number, TableName>,
): Sequence[] {
  const listed = new Map(
    relations.filter(({ kind }) => kind === 'sequence').map((relation) => [relation.oid, relation]),
  )
  return sequences.filter(({ oid, columns, name }) =>
    columns.some(({ tableOid }) => roots.has(tableOid))
      ? !isExcludedAlone(selection, name)
      : !columns.some(({ isOwner }) => isOwner) && isSelected(selection, listed.get(oid) ?? { name }),
  )
}

async function readValues(
  session: Session,
  sequences: readonly Sequence[],
  roots: ReadonlyMap<number, TableName>,
): Promise<SourceSequence[]> {
  const readable = sequences.filter((sequence) => sequence.canSelect)
  const values = await readOwnSequenceValues(session, readable)
  const valueByName = new TableMap(readable.map(({ name }, index) => [name, values[index]]))
  return sequences.map(({ name, type, minimum, maximum, increment, ...sequence }) => {
    const columns = sequence.columns.flatMap(({ tableOid, table: relation, ...use }) => {
      const table = roots.get(tableOid)
      return table === undefined ? [] : [{ table, relation, ...use }]
    })
    const table = columns.find(({ isOwner }) => isOwner)?.table
    return { name, table, columns, type, minimum, maximum, increment, value: valueByName.get(name) }
  })
}
