import type { TableName } from '../../core/table-name.ts'
import type { Column, Key } from '../../postgres/catalog/table.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import { isRawSql, type StayRule } from '../inspect/stay-rule.ts'
import { isListed, mayGoSql } from '../staying/list-staying.ts'
import { isInserted } from '../undo/undo-columns.ts'
import type { MergeTable } from './merge-table.ts'
import { baseValue, differsSql, recordSql, sameKeySql, tableSql, targetSql } from './row-sql.ts'

/**
 * A SELECT of `toid, tid, lid, op` for the rows in which the table differs from its wanted rows. For landed rows with a key, it leaves out
 * the rows to delete; {@link deletedSql} finds these if counts show that there are any.
 */
export function changesSql(table: MergeTable): string {
  if (table.rows.kind === 'undo')
    return table.key === undefined ? undoneByImageSql(table) : undoneByKeySql(table, table.key)
  return table.key === undefined ? changedByImageSql(table) : changedByKeySql(table, table.key)
}

/** LEFT JOIN instead of FULL JOIN: it can run in parallel, and the key's operator need not support hashing or merging. */
function changedByKeySql(table: MergeTable, key: Key): string {
  return `
SELECT t.tableoid AS toid, t.ctid AS tid, l.ctid AS lid, ${opSql(table)} AS op
FROM ${relation(table.rows.table)} AS l
LEFT JOIN ${targetSql(table)} AS t ON ${sameKeySql(key, 't', 'l')}${stayingSql(table)}
WHERE t.ctid IS NULL OR (${table.stays === undefined ? '' : 's.tid IS NULL AND '}${differsSql(table.columns, 't', 'l')})`
}

/** Uses a join, because an anti-join is not possible with OR. */
function stayingSql({ stays }: MergeTable): string {
  return stays === undefined ? '' : `\nLEFT JOIN ${relation(stays.list)} AS s ON ${isListed('t')}`
}

function opSql(table: MergeTable): string {
  const moving = table.columns.filter((column) => table.movedBy.includes(column.name))
  const moves = moving.length === 0 ? 'false' : differsSql(moving, 't', 'l')
  return `(CASE WHEN t.ctid IS NULL THEN 'i' WHEN ${moves} THEN 'm' ELSE 'u' END)::"char"`
}

/** A SELECT of the rows that the source no longer has, and that do not stay; undefined if there can be none. */
export function deletedSql({ rows, key, ...table }: MergeTable): string | undefined {
  if (key === undefined || rows.kind === 'undo') return undefined
  if (table.stays?.withoutSource === true && table.stays.except === undefined) return undefined
  const select = `
SELECT t.tableoid AS toid, t.ctid AS tid, NULL::tid AS lid, 'd'::"char" AS op
FROM ${tableSql(table.target)} AS t
WHERE ${table.stays === undefined ? '' : `${mayGoSql(table, 't')} AND `}`
  const isIn = (place: TableName) =>
    `EXISTS (SELECT FROM ${relation(place)} AS l WHERE ${sameKeySql(key, 't', 'l')})`
  if (rows.kind === 'landing') return `${select}NOT ${isIn(rows.table)}`
  const { deleted } = rows.unchanged
  return deleted === undefined ? undefined : `${select}${isIn(deleted)}`
}

/**
 * Without a key, rows are equal only as a whole, and duplicates count. Both sides number the copies of each row, and a copy without a
 * partner is deleted or inserted. The column types need neither equality nor hashing.
 */
function changedByImageSql(table: MergeTable): string {
  return `
WITH t AS (${numberedTarget(table, table.columns)}),
  l AS (${numberedRows(table, table.columns, 'true')})
SELECT t.toid, t.tid, l.lid, (CASE WHEN t.tid IS NULL THEN 'i' ELSE 'd' END)::"char" AS op
FROM t FULL JOIN l ON ${sameImage(table.columns)}
WHERE t.tid IS NULL OR (l.lid IS NULL AND ${mayGoByImage(table)})`
}

function mayGoByImage(table: MergeTable): string {
  const { stays } = table
  if (stays === undefined) return 'true'
  if (stays.withoutSource) return `(t.toid, t.tid) IN (${rawTidsSql(table, stays)})`
  return `(t.toid, t.tid) NOT IN (SELECT s.toid, s.tid FROM ${relation(stays.list)} AS s)`
}

/** A SELECT of the ctids of rows that do not stay because they may hold values from before the masks. */
function rawTidsSql(table: MergeTable, { except }: StayRule): string {
  const isRaw = except === undefined ? 'false' : isRawSql(except, 'x')
  return `SELECT x.tableoid, x.ctid FROM ${targetSql(table)} AS x WHERE ${isRaw}`
}

/** A SELECT of the ctids of rows that the source lacks, and that are not listed as staying yet. */
export function withoutSourceSql(table: MergeTable): string | undefined {
  const { key, rows, stays } = table
  if (stays?.withoutSource !== true || rows.kind === 'undo') return undefined
  if (key === undefined) {
    return `
WITH t AS (${numberedTarget(table, table.columns)}),
  l AS (${numberedRows(table, table.columns, 'true')})
SELECT t.toid, t.tid, false AS "byRule"
FROM t FULL JOIN l ON ${sameImage(table.columns)}
WHERE l.lid IS NULL AND (t.toid, t.tid) NOT IN (SELECT s.toid, s.tid FROM ${relation(stays.list)} AS s)
  AND (t.toid, t.tid) NOT IN (${rawTidsSql(table, stays)})`
  }
  const except = stays.except === undefined ? '' : ` AND NOT ${isRawSql(stays.except, 't')}`
  return `
SELECT t.tableoid AS toid, t.ctid AS tid, false AS "byRule"
FROM ${targetSql(table)} AS t
WHERE ${mayGoSql(table, 't')}${except} AND NOT EXISTS (SELECT FROM ${relation(keysOf(table))} AS l WHERE ${sameKeySql(key, 't', 'l')})`
}

/** The table with the keys of all source rows. */
export function keysOf({ rows }: MergeTable): TableName {
  return rows.kind === 'changed' ? (rows.unchanged.keys ?? rows.table) : rows.table
}

function numberedTarget(table: MergeTable, columns: readonly Column[]): string {
  const values = columns.map((column) => baseValue('x', column))
  return numbered(`SELECT x.tableoid AS toid, x.ctid AS tid`, values, `FROM ${targetSql(table)} AS x`)
}

function numberedRows(table: MergeTable, columns: readonly Column[], condition: string): string {
  const values = columns.map((column) => `x.${identifier(column.name)}`)
  return numbered(
    'SELECT x.ctid AS lid',
    values,
    `FROM ${relation(table.rows.table)} AS x WHERE ${condition}`,
  )
}

/** row_number() - rank() numbers equal rows. Rows without columns are all equal. */
function numbered(select: string, values: readonly string[], from: string): string {
  if (values.length === 0) return `SELECT s.*, row_number() OVER () AS n FROM (${select} ${from}) AS s`
  return `SELECT s.*, row_number() OVER w - rank() OVER w AS n
  FROM (${select}, ${recordSql(values)} AS image ${from}) AS s
  WINDOW w AS (ORDER BY s.image USING OPERATOR(pg_catalog.*<))`
}

/**
 * Only for a full join. The numbers are nearly all the same, so a hash join would compare every row with every other. Both conditions
 * compare records, which cannot be hashed, so the join must merge.
 */
function sameImage(columns: readonly Column[]): string {
  return columns.length === 0
    ? 't.n = l.n'
    : 't.image OPERATOR(pg_catalog.*=) l.image AND ROW(t.n)::record OPERATOR(pg_catalog.*=) ROW(l.n)::record'
}

/** Puts back what a run deleted or changed, and deletes what it inserted, by key. */
function undoneByKeySql(table: MergeTable, key: Key): string {
  return `
SELECT t.tableoid AS toid, t.ctid AS tid, l.ctid AS lid, ${opSql(table)} AS op
FROM ${relation(table.rows.table)} AS l
LEFT JOIN ${targetSql(table)} AS t ON ${sameKeySql(key, 't', 'l')}
WHERE l.mbsync_op <> 'i' AND (t.ctid IS NULL OR ${differsSql(table.columns, 't', 'l')})
UNION ALL
SELECT t.tableoid, t.ctid, NULL, 'd'::"char"
FROM ${relation(table.rows.table)} AS l
JOIN ${targetSql(table)} AS t ON ${sameKeySql(key, 't', 'l')}
WHERE ${isInserted('l')}`
}

/**
 * The same without a key. A row that the run inserted is found as any one row with the same image. The planner does not see through the
 * condition, which would otherwise turn this into an inner join, and possibly a nested loop.
 */
function undoneByImageSql(table: MergeTable): string {
  const compared = table.columns
  return `
WITH t AS (${numberedTarget(table, compared)}),
  l AS (${numberedRows(table, compared, `x.mbsync_op = 'i'`)})
SELECT t.toid, t.tid, NULL::tid AS lid, 'd'::"char" AS op
FROM t FULL JOIN l ON ${sameImage(compared)}
WHERE (t.tid IS NULL OR l.lid IS NULL) IS FALSE
UNION ALL
SELECT NULL, NULL, l.ctid, 'i'::"char"
FROM ${relation(table.rows.table)} AS l
WHERE l.mbsync_op <> 'i'`
}
