import type { TableName } from '../../core/table-name.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import { listSql, listTable } from './change-list.ts'
import type { ChangeCounts, MergeTable } from './merge-table.ts'
import { targetSql } from './row-sql.ts'

/** One statement of a merge, and how many rows it must touch. */
export interface Step {
  readonly table: MergeTable
  readonly kind: 'delete' | 'update' | 'insert'
  /** Ends with a condition, to which another can be added. */
  readonly sql: string
  readonly rows: number
}

/** The table of a run that a step goes through, and its alias there. */
export function scannedBy({ table }: Step): { readonly scanned: TableName; readonly alias: 'c' | 'l' } {
  return table.changes.kind === 'all'
    ? { scanned: table.rows.table, alias: 'l' }
    : { scanned: listTable(table.changes), alias: 'c' }
}

/** The deletes, updates and inserts that turn a table into what it is to become; steps without rows are left out. */
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

/** The inserts of the second statement: rows that had to be out of the way of a foreign key's action. */
export function lateStepsFor(table: MergeTable, counts: ChangeCounts): Step[] {
  const changed = counts.r - counts.back
  const steps: Step[] = [
    { table, kind: 'insert', sql: insertSql(table, ['l']), rows: counts.l },
    { table, kind: 'insert', sql: `${insertWithKeptSql(table, 'r')} AND c.lid IS NOT NULL`, rows: changed },
    { table, kind: 'insert', sql: insertOldSql(table), rows: counts.back },
  ]
  return steps.filter((step) => step.rows > 0)
}

function deleteSql(table: MergeTable): string {
  return `DELETE FROM ${targetSql(table)} AS t USING ${listSql(table.changes)} AS c
WHERE t.ctid = c.tid AND t.tableoid = c.toid AND c.op IN ('d', 'm', 'r')`
}

/** Columns that make a row move are the same on both sides of an update, so it need not set them. */
function updateSql(table: MergeTable): string {
  const set = table.columns
    .filter((column) => !table.movedBy.includes(column.name))
    .map((column) => `${identifier(column.name)} = l.${identifier(column.name)}`)
  return `UPDATE ${targetSql(table)} AS t SET ${set.join(', ')}
FROM ${listSql(table.changes)} AS c JOIN ${relation(table.rows.table)} AS l ON l.ctid = c.lid
WHERE t.ctid = c.tid AND t.tableoid = c.toid AND c.op = 'u'`
}

function insertSql(table: MergeTable, ops: readonly string[]): string {
  const names = table.columns.map((column) => column.name)
  if (table.changes.kind === 'all')
    return `${insertInto(table, names)} SELECT ${columnList(names, 'l.')}
FROM ${relation(table.rows.table)} AS l WHERE true`
  return `${insertInto(table, names)} SELECT ${columnList(names, 'l.')}
FROM ${listSql(table.changes)} AS c JOIN ${relation(table.rows.table)} AS l ON l.ctid = c.lid
WHERE c.op IN (${ops.map((op) => `'${op}'`).join(', ')})`
}

/** A row that moves takes the target's own columns along, from where the undo keeps them. */
function insertWithKeptSql(table: MergeTable, op: 'm' | 'r'): string {
  const copied = table.columns.map((column) => column.name)
  const kept = table.kept.map((column) => column.name)
  const values = [columnList(copied, 'l.'), columnList(kept, 'u.')].filter(Boolean).join(', ')
  return `${insertInto(table, [...copied, ...kept])} SELECT ${values}
FROM ${listSql(table.changes)} AS c JOIN ${relation(table.rows.table)} AS l ON l.ctid = c.lid
JOIN ${relation(table.undo)} AS u ON u.mbsync_tid = c.tid AND u.mbsync_toid = c.toid
WHERE c.op = '${op}'`
}

function insertOldSql(table: MergeTable): string {
  const names = [...table.columns, ...table.kept].map((column) => column.name)
  return `${insertInto(table, names)} SELECT ${columnList(names, 'u.')}
FROM ${listSql(table.changes)} AS c
JOIN ${relation(table.undo)} AS u ON u.mbsync_tid = c.tid AND u.mbsync_toid = c.toid
WHERE c.op = 'r' AND c.lid IS NULL`
}

function insertInto(table: MergeTable, names: readonly string[]): string {
  const list = names.length === 0 ? '' : ` (${columnList(names)}) OVERRIDING SYSTEM VALUE`
  return `INSERT INTO ${relation(table.target.name)}${list}`
}
