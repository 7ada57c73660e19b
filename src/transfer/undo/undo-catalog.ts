import { RefusedError } from '../../core/errors.ts'
import { TableMap } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { KIND_NAMES, listRelations } from '../../postgres/catalog/list-relations.ts'
import {
  type DeferrableConstraint,
  readDeferrableConstraints,
  readUnvalidatedConstraints,
  type UnvalidatedConstraint,
} from '../../postgres/catalog/read-constraints.ts'
import { type ForeignKey, readForeignKeys } from '../../postgres/catalog/read-foreign-keys.ts'
import { readPartitions } from '../../postgres/catalog/read-partitions.ts'
import { readTables } from '../../postgres/catalog/read-tables.ts'
import { readRules, readTriggers, type Trigger } from '../../postgres/catalog/read-triggers.ts'
import type { Partition, Table } from '../../postgres/catalog/table.ts'
import type { Session } from '../../postgres/session.ts'
import { fingerprintOf } from '../inspect/fingerprint.ts'
import { schemaChanged } from '../inspect/inspect-target.ts'
import { partitionOids } from '../inspect/read-catalog.ts'
import { neighbourOids } from '../merge/read-outside.ts'

/** A table of the run to undo. Without an undo table, nothing in it must be restored. */
export interface TableToUndo {
  readonly name: TableName
  /** The key that the run matched rows by; undefined for whole rows. */
  readonly keyColumns: readonly string[] | undefined
  /** What the run did. */
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly undo: TableName | undefined
}

/** A table with something to restore. */
export interface RestoredTable extends TableToUndo {
  readonly undo: TableName
}

/** The tables of a run in which something must be restored. */
export function restoredTables(undone: readonly TableToUndo[]): RestoredTable[] {
  return undone.flatMap(({ undo, ...table }) => (undo === undefined ? [] : [{ ...table, undo }]))
}

/** The target's catalog about the tables to restore. */
export interface UndoCatalog {
  readonly tables: readonly Table[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly deferrable: readonly DeferrableConstraint[]
  readonly unvalidated: readonly UnvalidatedConstraint[]
  readonly triggers: readonly Trigger[]
  readonly rules: readonly Trigger[]
  /** Tables that are not restored, at the other end of a foreign key. */
  readonly neighbours: readonly Partition[]
}

/**
 * Reads the catalog of the tables that an undo set restores, in the order of {@link restoredTables}.
 * @throws RefusedError if a table is missing
 */
export async function readUndoCatalog(
  session: Session,
  undone: readonly TableToUndo[],
): Promise<UndoCatalog> {
  const tables = await readTables(session, await findOids(session, restoredTables(undone)))
  const partitions = partitionOids(tables)
  const foreignKeys = await readForeignKeys(session, partitions)
  return {
    tables,
    foreignKeys,
    deferrable: await readDeferrableConstraints(session, partitions),
    unvalidated: await readUnvalidatedConstraints(session, partitions),
    triggers: await readTriggers(session, partitions),
    rules: await readRules(session, partitions),
    neighbours: await readPartitions(session, neighbourOids(foreignKeys, partitions)),
  }
}

/**
 * Proves, with the tables locked, that the target is still what the undo was planned for.
 * @throws FailedError if its schema has changed meanwhile
 */
export async function expectSameUndoCatalog(
  session: Session,
  undone: readonly TableToUndo[],
  planned: UndoCatalog,
): Promise<void> {
  const now = await readUndoCatalog(session, undone)
  if (fingerprintOf(now) !== fingerprintOf(planned)) throw schemaChanged(session)
}

async function findOids(
  session: Session,
  tables: readonly { readonly name: TableName }[],
): Promise<number[]> {
  const byName = new TableMap((await listRelations(session)).map((found) => [found.name, found]))
  return tables.map(({ name }) => {
    const found = byName.get(name)
    if (found === undefined) throw cannotRestore(name, 'the table no longer exists')
    if (found.kind !== 'table' && found.kind !== 'partitioned')
      throw cannotRestore(name, `it is ${KIND_NAMES[found.kind]} now`)
    return found.oid
  })
}

/** The error that a table no longer matches its undo set. */
export function cannotRestore(
  name: TableName,
  what: string,
  hint = 'Restore the schema that the target had at the run, then roll back again.',
): RefusedError {
  return new RefusedError(`${displayName(name)} cannot be restored: ${what}`, { hint })
}
