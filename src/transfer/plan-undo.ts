import { RefusedError } from '../core/errors.ts'
import { displayName, nameKey, type TableName } from '../core/table-name.ts'
import { listRelations } from '../postgres/catalog/list-relations.ts'
import { readColumns } from '../postgres/catalog/read-columns.ts'
import { readDeferrableConstraints } from '../postgres/catalog/read-constraints.ts'
import { readForeignKeys } from '../postgres/catalog/read-foreign-keys.ts'
import { readTables } from '../postgres/catalog/read-tables.ts'
import { readTriggers } from '../postgres/catalog/read-triggers.ts'
import type { Column, Table } from '../postgres/catalog/table.ts'
import type { Session } from '../postgres/session.ts'
import { storedColumns } from './columns.ts'
import type { Merge } from './merge/merge-plan.ts'
import { type MergeTable, mergeNames, movingColumns, usableKey } from './merge/merge-table.ts'
import { firingTriggers } from './merge/suspend-triggers.ts'
import { probeMergeMode } from './probe-merge-mode.ts'

/** A table of the run to undo; without an undo table there is nothing to restore in it. */
export interface TableToUndo {
  readonly name: TableName
  readonly undo: TableName | undefined
}

/** The parts of a merge that turn the tables back into what the undo set remembers. */
export type UndoPlan = Pick<
  Merge,
  'mode' | 'tables' | 'foreignKeys' | 'unprovenForeignKeys' | 'deferrable' | 'triggers'
>

/**
 * Plans the merge that undoes a run.
 * @throws RefusedError if a table or column that it must restore is gone or has another type
 */
export async function planUndo(
  session: Session,
  runId: number,
  undone: readonly TableToUndo[],
): Promise<UndoPlan> {
  const restored = undone.flatMap(({ name, undo }) => (undo === undefined ? [] : [{ name, undo }]))
  const oids = await findOids(session, restored)
  const targets = await readTables(session, oids)
  const tables: MergeTable[] = []
  for (const [index, target] of targets.entries()) {
    const undo = restored[index]?.undo
    if (undo !== undefined) tables.push(await undoTable(session, runId, index + 1, target, undo))
  }
  const members = targets.flatMap((table) => table.members.map((member) => member.oid))
  const mode = await probeMergeMode(session)
  const foreignKeys = await readForeignKeys(session, members)
  return {
    mode,
    tables,
    foreignKeys,
    // Nothing vouches for the rows at the other ends: they may have changed since the run.
    unprovenForeignKeys: foreignKeys.filter((key) => key.isEnforced && key.isValid),
    deferrable: await readDeferrableConstraints(session, members),
    triggers: firingTriggers(await readTriggers(session, members), mode),
  }
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
  undo: TableName,
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
  const { changes, landing } = mergeNames(runId, number)
  return {
    target,
    columns,
    kept: storedColumns(target).filter((column) => !names.has(column.name)),
    key: usableKey(target, columns),
    movedBy: movingColumns(target, columns),
    rows: { kind: 'undo', table: undo },
    changes,
    // What the rollback itself replaces is needed only until its own end.
    undo: landing,
  }
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
