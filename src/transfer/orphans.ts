import type { ForeignKey } from '../postgres/catalog/read-foreign-keys.ts'
import { identifier } from '../postgres/identifiers.ts'

/**
 * The SQL condition under which a row of `child` violates a foreign key to `parent` (a relation's SQL):
 * every column is set and no parent has them, or, with MATCH FULL, only some are set.
 */
export function orphanCondition(key: ForeignKey, parent: string): string {
  const columns = key.childColumns.map((column) => `child.${identifier(column)}`)
  const allSet = columns.map((column) => `${column} IS NOT NULL`).join(' AND ')
  const matches = key.parentColumns
    .map((column, index) => `parent.${identifier(column)} ${key.operators[index]} ${columns[index]}`)
    .join(' AND ')
  const orphan = `(${allSet} AND NOT EXISTS (SELECT FROM ${parent} AS parent WHERE ${matches}))`
  if (!key.isMatchFull) return orphan
  const someSet = columns.map((column) => `${column} IS NOT NULL`).join(' OR ')
  return `(${orphan} OR ((${someSet}) AND NOT (${allSet})))`
}
