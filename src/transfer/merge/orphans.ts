import { equalsSql } from '../../postgres/catalog/equality.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { identifier } from '../../postgres/identifiers.ts'
import { tableSql } from './row-sql.ts'

/**
 * The SQL condition that a row of `child` violates a foreign key to `parent` (a relation's SQL): every column is set and no parent has
 * these values, or with MATCH FULL, only some are set.
 */
export function orphanCondition(key: ForeignKey, parent: string): string {
  const columns = key.childColumns.map((column) => `child.${identifier(column)}`)
  const allSet = columns.map((column) => `${column} IS NOT NULL`).join(' AND ')
  const orphan = `(${allSet} AND NOT EXISTS (${parentsSql(key, parent)}))`
  if (!key.isMatchFull) return orphan
  const someSet = columns.map((column) => `${column} IS NOT NULL`).join(' OR ')
  return `(${orphan} OR ((${someSet}) AND NOT (${allSet})))`
}

/**
 * The rows that satisfy a row of `child`: a parent, or with a PERIOD, parents whose periods cover its own. See RI_FKey_check() of
 * PostgreSQL.
 */
function parentsSql(key: ForeignKey, parent: string): string {
  const met = `FROM ${parent} AS parent WHERE ${refersSql(key)}`
  if (!key.hasPeriod) return `SELECT ${met}`
  const [parentPeriod = '', childPeriod = ''] = [key.parentColumns, key.childColumns].map((columns) =>
    identifier(columns.at(-1) ?? ''),
  )
  return `SELECT 1 FROM (SELECT parent.${parentPeriod} AS period ${met}) AS met
    HAVING child.${childPeriod} OPERATOR(pg_catalog.<@) pg_catalog.range_agg(met.period)`
}

/** The SQL condition that a row of `child` refers to a row of `parent`. With a PERIOD, there may be several such parents. */
export function refersSql({ comparisons, parentColumns, childColumns }: ForeignKey): string {
  return comparisons
    .map(({ parentType, childType, ...equality }, index) => {
      const parent = cast(`parent.${identifier(parentColumns[index] ?? '')}`, parentType)
      const child = cast(`child.${identifier(childColumns[index] ?? '')}`, childType)
      return equalsSql(equality, parent, child)
    })
    .join(' AND ')
}

function cast(value: string, type: string | undefined): string {
  return type === undefined ? value : `${value}::${type}`
}

/** The rows that need a parent, as SQL of a relation. */
export function childrenOf(key: Pick<ForeignKey, 'child' | 'isChildPartitioned'>): string {
  return tableSql({ name: key.child, isPartitioned: key.isChildPartitioned })
}

/** The rows that a foreign key may refer to, as SQL of a relation. */
export function parentsOf(key: Pick<ForeignKey, 'parent' | 'isParentPartitioned'>): string {
  return tableSql({ name: key.parent, isPartitioned: key.isParentPartitioned })
}
