import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import type { LockedMerge } from './merge-plan.ts'
import type { MergeTable } from './merge-table.ts'
import { baseValue, targetSql } from './row-sql.ts'

/**
 * Before the merge writes: keeps what it is about to remove or replace in a logged table of its own. Old rows are kept whole, with the
 * transaction that wrote them; of the rows to insert, only the key, which is what it takes to find them again.
 */
export async function saveUndo(
  { coordinator: session, rights }: LockedMerge,
  table: MergeTable,
): Promise<void> {
  await rights.reading(table, [table.changes])(
    oldRowsSql(table),
    [...OWN_COLUMNS, ...definitions(table)],
    (select) => session.defineFrom(`CREATE TABLE ${relation(table.undo)} AS ${select}`),
  )
  if (table.key === undefined) return
  const names = table.key.columns.map((column) => column.name)
  await session.execute(`
    INSERT INTO ${relation(table.undo)} (${columnList(['mbsync_op', ...names])})
    SELECT 'i', ${columnList(names, 'l.')}
    FROM ${relation(table.changes)} AS c JOIN ${relation(table.rows.table)} AS l ON l.ctid = c.lid
    WHERE c.op IN ('i', 'l')`)
}

/**
 * After the merge has written: without a key, its new rows can only be found again as they now stand, with what the target itself put into its
 * own columns. They carry this transaction in xmin.
 */
export async function saveWrittenRows(
  { coordinator: session, rights }: LockedMerge,
  table: MergeTable,
): Promise<void> {
  const stored = [...table.columns, ...table.kept]
  const names = ['mbsync_op', ...stored.map((column) => column.name)]
  const values = [`'i'::"char"`, ...stored.map((column) => baseValue('t', column))]
  const written = `
    SELECT ${values.join(', ')} FROM ${targetSql(table)} AS t
    WHERE t.xmin::text::int8 = txid_current() & 4294967295`
  await rights.reading(table)(written, ['mbsync_op "char"', ...definitions(table)], (select) =>
    session.execute(`INSERT INTO ${relation(table.undo)} (${columnList(names)}) ${select}`),
  )
}

const OWN_COLUMNS = ['mbsync_op "char"', 'mbsync_xmin xid', 'mbsync_toid oid', 'mbsync_tid tid']

function definitions(table: MergeTable): string[] {
  return [...table.columns, ...table.kept].map(({ name, baseType }) => `${identifier(name)} ${baseType}`)
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
