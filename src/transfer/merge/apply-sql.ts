import type { TableName } from '../../core/table-name.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import { listSql, listTable } from './change-list.ts'
import type { ChangeCounts, MergeTable } from './merge-table.ts'
import { targetSql } from './row-sql.ts'

/** One statement of a merge, and how many rows it must touch. */
export interface Step {
  readonly table: MergeTable
  readonly kind: 'delete' | 'update' | 'insert'
  /** Ends with a condition, so another can be added. */
  readonly sql: string
  readonly rows: number
  /** For an INSERT: a table of `toid`, `tid` and `"byRule"` that receives the new ctids of its rows. */
  readonly into?: { readonly list: TableName; readonly byRule: boolean }
}

/** The statement that fills this table from an INSERT in WITH, given the name of that INSERT. */
export function writeDownSql({ list, byRule }: NonNullable<Step['into']>, from: string): string {
  return `INSERT INTO ${relation(list)} SELECT ${from}.toid, ${from}.tid, ${byRule} FROM ${from}`
}

/** The RETURNING clause of such an INSERT. */
export const WHERE_IT_STANDS = 'tableoid AS toid, ctid AS tid'

/** The table of a run that a step scans, and its alias there. */
export function scannedBy({ table }: Step): { readonly scanned: TableName; readonly alias: 'c' | 'l' } {
  return table.changes.kind === 'all'
    ? { scanned: table.rows.table, alias: 'l' }
    : { scanned: listTable(table.changes), alias: 'c' }
}

/** The deletes, updates and inserts that make a table equal to its wanted rows; steps without rows are left out. */
export function stepsFor(table: MergeTable, counts: ChangeCounts): Step[] {
  if (table.changes.kind === 'all')
    return [{ table, kind: 'insert', sql: insertSql(table, ['i']), rows: counts.i }]
  const hasKept = table.kept.length > 0
  const steps: Step[] = [
    { table, kind: 'delete', sql: deleteSql(table), rows: counts.d + counts.m + counts.r },
    { table, kind: 'update', sql: updateSql(table), rows: counts.u },
    {
      table,
      kind: 'insert',
      sql: insertSql(table, hasKept ? ['i'] : ['i', 'm']),
      rows: counts.i + (hasKept ? 0 : counts.m),
    },
    { table, kind: 'insert', sql: insertWithKeptSql(table, 'm'), rows: hasKept ? counts.m : 0 },
  ]
  return steps.filter((step) => step.rows > 0)
}

/** The inserts of the second statement: rows that had to avoid the action of a foreign key. */
export function lateStepsFor(table: MergeTable, counts: ChangeCounts): Step[] {
  const changed = counts.r - counts.back
  const steps: Step[] = [
    { table, kind: 'insert', sql: insertSql(table, ['l']), rows: counts.l },
    { table, kind: 'insert', sql: `${insertWithKeptSql(table, 'r')} AND c.lid IS NOT NULL`, rows: changed },
  ]
  return steps.filter((step) => step.rows > 0)
}

/** Those of them that put rows back unchanged. */
export function backStepsFor(table: MergeTable, { back }: ChangeCounts): Step[] {
  return back === 0 ? [] : [{ table, kind: 'insert', sql: insertOldSql(table), rows: back }]
}

function deleteSql(table: MergeTable): string {
  return `DELETE FROM ${targetSql(table)} AS t USING ${listSql(table.changes)} AS c
WHERE ${isAt('t.ctid', 't.tableoid')} AND ${opIs('d', 'm', 'r')}`
}

/** The columns that would make a row move are equal on both sides of an update, so it need not set them. */
function updateSql(table: MergeTable): string {
  const set = table.columns
    .filter((column) => !table.movedBy.includes(column.name))
    .map((column) => `${identifier(column.name)} = l.${identifier(column.name)}`)
  return `UPDATE ${targetSql(table)} AS t SET ${set.join(', ')}
FROM ${changesWithRows(table)}
WHERE ${isAt('t.ctid', 't.tableoid')} AND ${opIs('u')}`
}

function insertSql(table: MergeTable, ops: readonly string[]): string {
  const names = table.columns.map((column) => column.name)
  if (table.changes.kind === 'all')
    return `${insertInto(table, names)} SELECT ${columnList(names, 'l.')}
FROM ${relation(table.rows.table)} AS l WHERE true`
  return `${insertInto(table, names)} SELECT ${columnList(names, 'l.')}
FROM ${changesWithRows(table)}
WHERE ${opIs(...ops)}`
}

/** A row that is deleted and inserted keeps the target's own columns, from where the undo set has them. */
function insertWithKeptSql(table: MergeTable, op: 'm' | 'r'): string {
  const copied = table.columns.map((column) => column.name)
  const kept = table.kept.map((column) => column.name)
  const values = [columnList(copied, 'l.'), columnList(kept, 'u.')].filter(Boolean).join(', ')
  return `${insertInto(table, [...copied, ...kept])} SELECT ${values}
FROM ${changesWithRows(table)}
JOIN ${relation(table.undo)} AS u ON ${isAt('u.mbsync_tid', 'u.mbsync_toid')}
WHERE ${opIs(op)}`
}

function insertOldSql(table: MergeTable): string {
  const names = [...table.columns, ...table.kept].map((column) => column.name)
  return `${insertInto(table, names)} SELECT ${columnList(names, 'u.')}
FROM ${listSql(table.changes)} AS c
JOIN ${relation(table.undo)} AS u ON ${isAt('u.mbsync_tid', 'u.mbsync_toid')}
WHERE ${opIs('r')} AND c.lid IS NULL`
}

// These statements run under the search path of users, so every name in them is qualified.

function changesWithRows(table: MergeTable): string {
  return `${listSql(table.changes)} AS c JOIN ${relation(table.rows.table)} AS l ON l.ctid OPERATOR(pg_catalog.=) c.lid`
}

/** Whether a row is, or was, where an entry of the change list says. */
function isAt(ctid: string, tableoid: string): string {
  return `${ctid} OPERATOR(pg_catalog.=) c.tid AND ${tableoid} OPERATOR(pg_catalog.=) c.toid`
}

function opIs(...ops: readonly string[]): string {
  return `c.op OPERATOR(pg_catalog.=) ANY ('{${ops.join(',')}}'::pg_catalog."char"[])`
}

function insertInto(table: MergeTable, names: readonly string[]): string {
  const list = names.length === 0 ? '' : ` (${columnList(names)}) OVERRIDING SYSTEM VALUE`
  return `INSERT INTO ${relation(table.target.name)}${list}`
}
