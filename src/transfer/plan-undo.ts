import { RefusedError } from '../core/errors.ts'
import { displayName, nameKey, type TableName } from '../core/table-name.ts'
import { listRelations } from '../postgres/catalog/list-relations.ts'
import { readColumns } from '../postgres/catalog/read-columns.ts'
import {
  type DeferrableConstraint,
  readDeferrableConstraints,
  readUnvalidatedConstraints,
  type UnvalidatedConstraint,
} from '../postgres/catalog/read-constraints.ts'
import { type ForeignKey, readForeignKeys } from '../postgres/catalog/read-foreign-keys.ts'
import { readTables } from '../postgres/catalog/read-tables.ts'
import { readRules, readTriggers, type Trigger } from '../postgres/catalog/read-triggers.ts'
import type { Column, Key, Table } from '../postgres/catalog/table.ts'
import { columnList, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { storedColumns } from './columns.ts'
import { findViolated } from './find-violated.ts'
import { fingerprintOf } from './fingerprint.ts'
import { schemaChanged as targetChanged } from './inspect-target.ts'
import type { MergeMode } from './inspection.ts'
import type { Merge } from './merge/merge-plan.ts'
import { type MergeTable, mergeNames, movingColumns, usableKey } from './merge/merge-table.ts'
import { firingTriggers } from './merge/suspend-triggers.ts'
import { memberOids } from './read-catalog.ts'
import { blockingMeasures } from './validate/blocking-measures.ts'

/** A table of the run to undo; without an undo table there is nothing to restore in it. */
export interface TableToUndo {
  readonly name: TableName
  /** The key that the run matched rows by; undefined for whole rows. */
  readonly keyColumns: readonly string[] | undefined
  readonly undo: TableName | undefined
}

/** The parts of a merge that turn the tables back into what the undo set remembers. */
export type UndoPlan = Pick<
  Merge,
  'mode' | 'tables' | 'foreignKeys' | 'unprovenForeignKeys' | 'deferrable' | 'triggers' | 'blocking'
>

/** What the target says of the tables to restore. */
export interface UndoCatalog {
  readonly tables: readonly Table[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly deferrable: readonly DeferrableConstraint[]
  readonly unvalidated: readonly UnvalidatedConstraint[]
  readonly triggers: readonly Trigger[]
  readonly rules: readonly Trigger[]
}

/**
 * Reads the catalog of the tables that an undo set restores, in the order of {@link restoredTables}.
 * @throws RefusedError if a table is gone
 */
export async function readUndoCatalog(
  session: Session,
  undone: readonly TableToUndo[],
): Promise<UndoCatalog> {
  const tables = await readTables(session, await findOids(session, restoredTables(undone)))
  const members = memberOids(tables)
  return {
    tables,
    foreignKeys: await readForeignKeys(session, members),
    deferrable: await readDeferrableConstraints(session, members),
    unvalidated: await readUnvalidatedConstraints(session, members),
    triggers: await readTriggers(session, members),
    rules: await readRules(session, members),
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
  if (fingerprintOf(now) !== fingerprintOf(planned)) throw targetChanged(session)
}

/**
 * Plans the merge that undoes a run. Its blocking measures are those that it cannot do without.
 * @throws RefusedError if a column or key that it needs is gone or has another type
 */
export async function planUndo(
  session: Session,
  runId: number,
  undone: readonly TableToUndo[],
  mode: MergeMode,
  catalog: UndoCatalog,
): Promise<UndoPlan> {
  const { foreignKeys, deferrable, triggers, rules, unvalidated } = catalog
  const restored = restoredTables(undone)
  const tables: MergeTable[] = []
  for (const [index, target] of catalog.tables.entries()) {
    const remembered = restored[index]
    if (remembered === undefined) throw new Error('A table to undo without its memory')
    tables.push(await undoTable(session, runId, index + 1, target, remembered))
  }
  const violated = await violatedByUndo(session, tables, unvalidated)
  return {
    mode,
    tables,
    foreignKeys,
    // Nothing vouches for the rows at the other ends: they may have changed since the run.
    unprovenForeignKeys: foreignKeys.filter((key) => key.isEnforced && key.isValid),
    deferrable,
    triggers: firingTriggers(triggers, mode),
    blocking: blockingMeasures({ tables: catalog.tables, mode, rules, violated }),
  }
}

interface RestoredTable extends TableToUndo {
  readonly undo: TableName
}

function restoredTables(undone: readonly TableToUndo[]): RestoredTable[] {
  return undone.flatMap(({ undo, ...table }) => (undo === undefined ? [] : [{ ...table, undo }]))
}

/** NOT VALID constraints that rows to be put back violate: such rows were there before the run. */
async function violatedByUndo(
  session: Session,
  tables: readonly MergeTable[],
  unvalidated: readonly UnvalidatedConstraint[],
): Promise<UnvalidatedConstraint[]> {
  const undoOf = new Map(
    tables.flatMap(({ target, rows }) =>
      target.members.map(({ oid }) => [oid, relation(rows.table)] as const),
    ),
  )
  const own = unvalidated.filter(({ relationOid }) => undoOf.has(relationOid))
  return findViolated(session, own, {
    rowsOf: ({ relationOid }) => `(SELECT * FROM ${undoOf.get(relationOid)} WHERE mbsync_op <> 'i')`,
    // Parents may be among the rows to be put back.
    parentsOf: ({ parent, parentOid, parentColumns }) => {
      const undo = undoOf.get(parentOid)
      const columns = columnList(parentColumns)
      return undo === undefined
        ? relation(parent)
        : `(SELECT ${columns} FROM ${relation(parent)} UNION ALL SELECT ${columns} FROM ${undo} WHERE mbsync_op <> 'i')`
    },
  })
}

async function findOids(
  session: Session,
  tables: readonly { readonly name: TableName }[],
): Promise<number[]> {
  const byName = new Map((await listRelations(session)).map(({ name, oid }) => [nameKey(name), oid]))
  return tables.map(({ name }) => {
    const oid = byName.get(nameKey(name))
    if (oid === undefined) throw schemaChanged(name, 'the table is gone')
    return oid
  })
}

async function undoTable(
  session: Session,
  runId: number,
  number: number,
  target: Table,
  { undo, keyColumns }: RestoredTable,
): Promise<MergeTable> {
  const remembered = await readUndoColumns(session, undo)
  const current = new Map(storedColumns(target).map((column) => [column.name, column]))
  const columns = remembered.map((column) => {
    const now = current.get(column.name)
    if (now === undefined) throw schemaChanged(target.name, `column "${column.name}" is gone`)
    if (now.baseType !== column.type)
      throw schemaChanged(target.name, `column "${column.name}" has another type`)
    return now
  })
  const names = new Set(columns.map((column) => column.name))
  const kept = storedColumns(target).filter((column) => !names.has(column.name))
  const key = keyColumns === undefined ? undefined : usableKey(target, columns)
  if (keyColumns !== undefined && !isKeyOver(key, keyColumns)) {
    const shown = keyColumns.map((column) => `"${column}"`).join(', ')
    throw schemaChanged(target.name, `it no longer has its key over (${shown})`)
  }
  // Whole rows can only be found if they still are whole rows.
  const [added] = kept
  if (keyColumns === undefined && added !== undefined)
    throw schemaChanged(target.name, `column "${added.name}" was added, and it had no key`)
  const { changes, landing } = mergeNames(runId, number)
  return {
    target,
    columns,
    kept,
    key,
    movedBy: movingColumns(target, columns),
    rows: { kind: 'undo', table: undo },
    changes,
    // What the rollback itself replaces is needed only until its own end.
    undo: landing,
  }
}

function isKeyOver(key: Key | undefined, names: readonly string[]): boolean {
  const now = new Set(key?.columns.map((column) => column.name))
  return now.size === names.length && names.every((name) => now.has(name))
}

async function readUndoColumns(session: Session, undo: TableName): Promise<Column[]> {
  const [found] = await session.query<{ oid: number }>(
    `SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [undo.schema, undo.name],
  )
  const columns = found === undefined ? undefined : (await readColumns(session, [found.oid])).get(found.oid)
  if (columns === undefined) throw schemaChanged(undo, 'the undo table is gone')
  return columns.filter((column) => !column.name.startsWith('mbsync_'))
}

function schemaChanged(name: TableName, what: string): RefusedError {
  return new RefusedError(`${displayName(name)} cannot be restored: ${what}`, {
    hint: 'Bring the schema of the target back to what it was at the run, then roll back again.',
  })
}
