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

/** Types of pg_catalog whose values are equal exactly if their stored bytes are. The scale of a number is that of its type, if that names one. */
const BYTEWISE =
  /^(?:boolean|smallint|integer|bigint|oid|date|uuid|bytea|numeric\(\d+,-?\d+\)|time(?:stamp)?(?:\(\d\))? with(?:out)? time zone)$/
/** Texts, whose values are so under the collation "C". */
const TEXT = /^(?:text|character varying(?:\(\d+\))?)$/

/**
 * Whether two rows differ in any stored byte. Values of types that allow it are compared by their own `=`, which takes less time than to make two records
 * and take them apart again; the others as records, whose operator needs the casts.
 */
export function differsSql(columns: readonly Column[], target: string, rows: string): string {
  const both = columns.map((column) => ({
    type: column.baseType,
    before: baseValue(target, column),
    after: `${rows}.${identifier(column.name)}`,
  }))
  const byValue = both.filter(isComparedByValue)
  const asRecord = both.filter((values) => !isComparedByValue(values))
  const records = byValue.length > 0 && asRecord.length === 0 ? [] : [recordsDifferSql(asRecord)]
  return `(${[...byValue.map(valueDiffersSql), ...records].join(' OR ')})`
}

/** A value of each of two rows, of the same type. */
interface BothValues {
  readonly type: string
  readonly before: string
  readonly after: string
}

function isComparedByValue({ type }: BothValues): boolean {
  return BYTEWISE.test(type) || TEXT.test(type)
}

function valueDiffersSql({ type, before, after }: BothValues): string {
  const [left, right] = TEXT.test(type)
    ? [`${before}::pg_catalog.text COLLATE pg_catalog."C"`, `${after}::pg_catalog.text`]
    : [before, after]
  return `((${left} OPERATOR(pg_catalog.=) ${right}) IS NOT TRUE AND (${before} IS NOT NULL OR ${after} IS NOT NULL))`
}

function recordsDifferSql(values: readonly BothValues[]): string {
  const before = recordSql(values.map((value) => value.before))
  const after = recordSql(values.map((value) => value.after))
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
