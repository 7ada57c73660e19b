import { listRelations } from '../../postgres/catalog/list-relations.ts'
import { readUnvalidatedConstraints } from '../../postgres/catalog/read-constraints.ts'
import { readExtensionNames } from '../../postgres/catalog/read-extension-names.ts'
import { readForeignKeys } from '../../postgres/catalog/read-foreign-keys.ts'
import { readRestrictions } from '../../postgres/catalog/read-restrictions.ts'
import { readSequences } from '../../postgres/catalog/read-sequences.ts'
import { readServerFacts } from '../../postgres/catalog/read-server.ts'
import { readTables } from '../../postgres/catalog/read-tables.ts'
import { readTypes } from '../../postgres/catalog/read-types.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import type { Session } from '../../postgres/session.ts'
import type { DatabaseCatalog, Selection } from './inspection.ts'
import { selectedTableOids } from './select-relations.ts'

/** Reads the catalog of a database, reduced to the selection. */
export async function readCatalog(session: Session, selection: Selection): Promise<DatabaseCatalog> {
  const relations = await listRelations(session)
  const tables = await readTables(session, selectedTableOids(selection, relations))
  const oids = memberOids(tables)
  const types = await readTypes(
    session,
    tables.map((table) => table.oid),
  )
  return {
    server: await readServerFacts(session),
    relations,
    tables,
    types: types.byName,
    extensionNames: await readExtensionNames(session, oids),
    typeNames: types.namesOf,
    foreignKeys: await readForeignKeys(session, oids),
    unvalidated: await readUnvalidatedConstraints(session, oids),
    restrictions: await readRestrictions(session, tables),
    sequences: await readSequences(
      session,
      relations.filter(({ kind }) => kind === 'sequence').map(({ oid }) => oid),
    ),
  }
}

/** The object ids of the tables and all their partitions. */
export function memberOids(tables: readonly Table[]): number[] {
  return tables.flatMap((table) => table.members.map((member) => member.oid))
}
