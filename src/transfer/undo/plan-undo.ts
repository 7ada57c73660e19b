import { TableMap } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import { readColumns } from '../../postgres/catalog/read-columns.ts'
import type { UnvalidatedConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { Column, Key, Table } from '../../postgres/catalog/table.ts'
import { columnList, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { storedColumns } from '../inspect/columns.ts'
import type { MergeMode } from '../inspect/inspection.ts'
import { findViolated } from '../merge/find-violated.ts'
import type { Merge } from '../merge/merge-plan.ts'
import { type MergeTable, mergeNames, movingColumns, usableKey } from '../merge/merge-table.ts'
import { parentsOf } from '../merge/orphans.ts'
import { OwnerRights, READ_PLAINLY } from '../merge/owner-rights.ts'
import { readOutside } from '../merge/read-outside.ts'
import { readOwners } from '../merge/read-owners.ts'
import { firingTriggers } from '../merge/suspend-triggers.ts'
import { blockingMeasures, type Obstacles } from '../validate/blocking-measures.ts'
import {
  cannotRestore,
  type RestoredTable,
  restoredTables,
  type TableToUndo,
  type UndoCatalog,
} from './undo-catalog.ts'

/** The parts of a merge that restore the tables from the undo set. */
export interface UndoPlan
  extends Pick<
    Merge,
    'mode' | 'tables' | 'foreignKeys' | 'unprovenForeignKeys' | 'deferrable' | 'triggers' | 'blocking'
  > {
  readonly obstacles: Obstacles
}

/**
 * Plans the merge that undoes a run. Its blocking measures are those that it needs.
 * @throws RefusedError if a column or key that it needs is missing or has another type
 */
export async function planUndo(
  session: Session,
  runId: number,
  undone: readonly TableToUndo[],
  mode: MergeMode,
  catalog: UndoCatalog,
): Promise<UndoPlan> {
  const { foreignKeys, deferrable, triggers, rules, unvalidated, neighbours } = catalog
  const restored = restoredTables(undone)
  const undoColumns = await readUndoColumns(session, restored)
  const tables = catalog.tables.map((target, index) => {
    const [remembered, columns] = [restored[index], undoColumns[index]]
    if (remembered === undefined || columns === undefined)
      throw new Error('A table to undo without its memory')
    return undoTable(runId, index + 1, target, remembered, columns)
  })
  const violated =
    unvalidated.length === 0
      ? []
      : await session.transaction('BEGIN', async () => {
          const owners = mode === 'owner' ? new Map() : await readOwners(session, tables, 'all')
          return violatedByUndo(session, tables, unvalidated, new OwnerRights(session, owners))
        })
  // Nothing guarantees the rows at the other ends: they may have changed since the run.
  const unprovenForeignKeys = foreignKeys.filter((key) => key.isEnforced && key.isValid)
  const outside = readOutside({ mode, tables: catalog.tables, foreignKeys, unprovenForeignKeys, neighbours })
  const obstacles = { tables: catalog.tables, mode, rules, violated, outside }
  return {
    mode,
    tables,
    foreignKeys,
    unprovenForeignKeys,
    deferrable,
    triggers: firingTriggers(triggers, mode),
    obstacles,
    blocking: blockingMeasures(obstacles),
  }
}

/** NOT VALID constraints that rows to put back violate. Such rows existed before the run. */
async function violatedByUndo(
  session: Session,
  tables: readonly MergeTable[],
  unvalidated: readonly UnvalidatedConstraint[],
  rights: OwnerRights,
): Promise<UnvalidatedConstraint[]> {
  const undoOf = new Map(
    tables.flatMap(({ target, rows }) =>
      target.partitions.map(({ oid }) => [oid, relation(rows.table)] as const),
    ),
  )
  const restored = new Map(
    tables.flatMap(({ target, columns }) =>
      target.partitions.map(({ oid }) => [oid, new Set(columns.map(({ name }) => name))] as const),
    ),
  )
  const own = unvalidated.filter(({ relationOid }) => undoOf.has(relationOid))
  const violated = await findViolated(session, own, {
    rowsOf: ({ relationOid, columns }) =>
      columns.every((name) => restored.get(relationOid)?.has(name))
        ? `(SELECT * FROM ${undoOf.get(relationOid)} WHERE mbsync_op <> 'i')`
        : undefined,
    // Parents may be among the rows to put back.
    parentsOf: (key) => {
      const undo = undoOf.get(key.parentOid)
      const columns = columnList(key.parentColumns)
      return undo === undefined
        ? parentsOf(key)
        : `(SELECT ${columns} FROM ${parentsOf(key)} UNION ALL SELECT ${columns} FROM ${undo} WHERE mbsync_op <> 'i')`
    },
    // The owner may not be able to read the table that a foreign key refers to.
    readingOf: ({ kind, relationOid }) => {
      const table = tables.find(({ target }) => target.partitions.some(({ oid }) => oid === relationOid))
      return table === undefined || kind !== 'check'
        ? READ_PLAINLY
        : rights.reading(table, [table.rows.table])
    },
  })
  await rights.takeBack()
  return violated
}

function undoTable(
  runId: number,
  number: number,
  target: Table,
  { undo, keyColumns, inserted, updated, deleted }: RestoredTable,
  remembered: readonly Column[],
): MergeTable {
  const current = new Map(storedColumns(target).map((column) => [column.name, column]))
  const columns = remembered.map((column) => {
    const now = current.get(column.name)
    if (now === undefined) throw cannotRestore(target.name, `column "${column.name}" no longer exists`)
    if (now.baseType !== column.type)
      throw cannotRestore(target.name, `column "${column.name}" has another type`)
    return now
  })
  const names = new Set(columns.map((column) => column.name))
  const kept = storedColumns(target).filter((column) => !names.has(column.name))
  const key = keyColumns === undefined ? undefined : usableKey(target, columns)
  if (keyColumns !== undefined && !isKeyOver(key, keyColumns)) {
    const shown = keyColumns.map((column) => `"${column}"`).join(', ')
    throw cannotRestore(target.name, `it no longer has its key over (${shown})`)
  }
  // Whole rows can be found only if the table still has exactly their columns.
  const [added] = kept
  if (keyColumns === undefined && added !== undefined)
    throw cannotRestore(target.name, `column "${added.name}" was added, and it had no key`)
  const { changes, landing } = mergeNames(runId, number)
  return {
    target,
    columns,
    kept,
    key,
    movedBy: movingColumns(target, columns),
    rows: { kind: 'undo', table: undo, count: inserted + updated + deleted },
    changes: { kind: 'own', table: changes },
    // What the rollback itself replaces is needed only until its own end.
    undo: landing,
  }
}

function isKeyOver(key: Key | undefined, names: readonly string[]): boolean {
  const now = new Set(key?.columns.map((column) => column.name))
  return now.size === names.length && names.every((name) => now.has(name))
}

/** The columns of each undo table from which a row of its table is restored. */
async function readUndoColumns(session: Session, tables: readonly RestoredTable[]): Promise<Column[][]> {
  const found = await session.query<{ schema: string; name: string; oid: number; lost: number }>(
    `SELECT n.nspname AS schema, c.relname AS name, c.oid AS oid,
       (SELECT count(*)::int FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attisdropped) AS lost
     FROM unnest($1::text[], $2::text[]) AS wanted (schema, name)
     JOIN pg_namespace n ON n.nspname = wanted.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name`,
    [tables.map(({ undo }) => undo.schema), tables.map(({ undo }) => undo.name)],
  )
  const oids = new TableMap(found.map(({ oid, schema, name }) => [{ schema, name }, oid]))
  const losers = new TableMap(found.map(({ lost, schema, name }) => [{ schema, name }, lost]))
  const columns = await readColumns(session, [...oids.values()])
  return tables.map(({ undo, name }) => {
    // mbsync drops none of them, but DROP TYPE and DROP EXTENSION with CASCADE drop columns of the type.
    if ((losers.get(undo) ?? 0) > 0)
      throw cannotRestore(
        name,
        `${displayName(undo)}, which keeps its rows, has lost a column, as by DROP … CASCADE`,
        'The values of that column are lost, so nothing of this run is undone: refresh the target by another run instead.',
      )
    const own = columns.get(oids.get(undo) ?? 0)
    if (own === undefined) throw cannotRestore(undo, 'the undo table no longer exists')
    return own.filter((column) => !column.name.startsWith('mbsync_'))
  })
}
