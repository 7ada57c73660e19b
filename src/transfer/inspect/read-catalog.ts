import {
  type IndexNames,
  type ListedRelation,
  listIndexNames,
  listRelations,
} from '../../postgres/catalog/list-relations.ts'
import { readUnvalidatedConstraints } from '../../postgres/catalog/read-constraints.ts'
import { readExtensionNames } from '../../postgres/catalog/read-extension-names.ts'
import { readForeignKeys } from '../../postgres/catalog/read-foreign-keys.ts'
import { readFunctionReads } from '../../postgres/catalog/read-function-reads.ts'
import { type PartitionRow, readPartitions } from '../../postgres/catalog/read-partitions.ts'
import { readRestrictions } from '../../postgres/catalog/read-restrictions.ts'
import { readSequences } from '../../postgres/catalog/read-sequences.ts'
import { readServerFacts } from '../../postgres/catalog/read-server.ts'
import { readTables } from '../../postgres/catalog/read-tables.ts'
import { readTypes } from '../../postgres/catalog/read-types.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import type { Session } from '../../postgres/session.ts'
import type { DatabaseCatalog, Selection } from './inspection.ts'
import { selectedTableOids } from './select-relations.ts'

/** The relations of a database, and those that hold the rows of the selected tables. */
export interface ListedTables {
  readonly relations: readonly ListedRelation[]
  readonly indexes: IndexNames
  /** The selected tables. */
  readonly oids: readonly number[]
  readonly partitions: readonly PartitionRow[]
}

/** Lists the relations of a database, and those that hold the rows of the selected tables. */
export async function listTables(session: Session, selection: Selection): Promise<ListedTables> {
  const [relations, indexes] = await Promise.all([listRelations(session), listIndexNames(session)])
  const oids = selectedTableOids(selection, relations)
  const names = new Map(relations.filter(isOfRows).map(({ oid, name }) => [oid, name]))
  return { relations, indexes, oids, partitions: await readPartitions(session, oids, names) }
}

function isOfRows({ kind }: ListedRelation): boolean {
  return kind === 'table' || kind === 'partitioned' || kind === 'partition' || kind === 'foreign'
}

/** Reads the catalog of a database, limited to the list. All queries are sent at once. */
export async function readCatalog(
  session: Session,
  { relations, indexes, oids, partitions }: ListedTables,
): Promise<DatabaseCatalog> {
  const partitionOids = partitions.map(({ oid }) => oid)
  const sequenceOids = relations.filter(({ kind }) => kind === 'sequence').map(({ oid }) => oid)
  const [
    server,
    tables,
    types,
    extensionNames,
    foreignKeys,
    unvalidated,
    restrictions,
    sequences,
    functionReads,
  ] = await Promise.all([
    readServerFacts(session),
    readTables(session, oids, partitions),
    readTypes(session, oids),
    readExtensionNames(session, partitionOids),
    readForeignKeys(session, partitionOids),
    readUnvalidatedConstraints(session, partitionOids),
    readRestrictions(session, partitions),
    readSequences(session, sequenceOids),
    readFunctionReads(session, partitionOids),
  ])
  return {
    server,
    relations,
    indexes,
    tables,
    types: types.byName,
    extensionNames,
    typeNames: types.namesOf,
    namingTypes: types.namingOf,
    foreignKeys,
    unvalidated,
    restrictions,
    sequences,
    functionReads,
  }
}

/** The object ids of the tables and all their partitions. */
export function partitionOids(tables: readonly Table[]): number[] {
  return tables.flatMap((table) => table.partitions.map((partition) => partition.oid))
}
