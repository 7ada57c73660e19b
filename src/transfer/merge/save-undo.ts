import type { Column } from '../../postgres/catalog/table.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { MergeTable } from './merge-table.ts'
import { baseValue, targetSql } from './row-sql.ts'

/**
 * Keeps what the merge is about to remove or replace, in a logged table of its own: old rows whole, with the
 * transaction that wrote them, and of the rows to insert only the key (without one, the whole row), which is what it takes to
 * find them again.
 */
export async function saveUndo(session: Session, table: MergeTable): Promise<void> {
  await session.execute(`CREATE TABLE ${relation(table.undo)} AS ${oldRowsSql(table)}`)
  const inserted = insertedColumns(table).map((column) => column.name)
  const columns = ['mbsync_op', ...inserted]
  const values = [`'i'`, ...inserted.map((name) => `l.${identifier(name)}`)]
  await session.execute(`
    INSERT INTO ${relation(table.undo)} (${columnList(columns)})
    SELECT ${values.join(', ')}
    FROM ${relation(table.changes)} AS c JOIN ${relation(table.rows.table)} AS l ON l.ctid = c.lid
    WHERE c.op IN ('i', 'l')`)
  await session.execute(`ANALYZE ${relation(table.undo)} (mbsync_op)`)
}

function oldRowsSql(table: MergeTable): string {
  const stored = [...table.columns, ...table.kept].map(
    (column) => `${baseValue('t', column)} AS ${identifier(column.name)}`,
  )
  const own = ['c.op AS mbsync_op', 't.xmin AS mbsync_xmin', 'c.toid AS mbsync_toid', 'c.tid AS mbsync_tid']
  return `
    SELECT ${[...own, ...stored].join(', ')}
    FROM ${relation(table.changes)} AS c JOIN ${targetSql(table)} AS t ON t.ctid = c.tid AND t.tableoid = c.toid`
}

function insertedColumns(table: MergeTable): Column[] {
  const keyNames = new Set(table.key?.columns.map((column) => column.name))
  return table.columns.filter((column) => table.key === undefined || keyNames.has(column.name))
}
