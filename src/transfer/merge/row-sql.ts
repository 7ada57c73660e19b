import { equalsSql } from '../../postgres/catalog/equality.ts'
import type { Column, Key, Table } from '../../postgres/catalog/table.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { MergeTable } from './merge-table.ts'

/** The table as a FROM item: an ordinary table without its inheritance children, a partitioned table with its partitions. */
export function targetSql({ target }: MergeTable): string {
  return tableSql(target)
}

/** The same for a table that is not part of a merge yet. */
export function tableSql({ isPartitioned, name }: Pick<Table, 'isPartitioned' | 'name'>): string {
  return isPartitioned ? relation(name) : `ONLY ${relation(name)}`
}

/**
 * A column of the target without its domain. Landing and undo tables have base types, and the stored bytes of records can be compared only
 * if their types are the same.
 */
export function baseValue(alias: string, column: Column): string {
  const value = `${alias}.${identifier(column.name)}`
  return column.type === column.baseType ? value : `${value}::${column.baseType}`
}

/** Columns as one record. */
export function recordSql(values: readonly string[]): string {
  return `ROW(${values.join(', ')})::record`
}

/** Whether two rows differ in any stored byte. The operator needs the casts to record. */
export function differsSql(columns: readonly Column[], target: string, rows: string): string {
  const before = recordSql(columns.map((column) => baseValue(target, column)))
  const after = recordSql(columns.map((column) => `${rows}.${identifier(column.name)}`))
  return `${before} OPERATOR(pg_catalog.*<>) ${after}`
}

/** Whether two rows have the same key, by the operators and collations of the index that makes it unique. */
export function sameKeySql(key: Key, target: string, rows: string): string {
  return key.columns
    .map(({ name, ...equality }) =>
      equalsSql(equality, `${target}.${identifier(name)}`, `${rows}.${identifier(name)}`),
    )
    .join(' AND ')
}
