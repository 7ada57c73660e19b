import { castElements, keepArrayTypes } from './array-casts.ts'
import { keepFields, lowerFields } from './extract-fields.ts'
import { keepUnnamed, withoutTypeNames } from './unnamed-columns.ts'

/** SQL as the server writes it, changed so that the server reads it as exactly what it has: what it writes again is then the same, too. */
export function exactSql(sql: string): string {
  return keepFields(keepUnnamed(keepArrayTypes(sql)))
}

/** A text that SQL has in common with what a server makes of it that has read it as it was written, as by a dump. */
export function restoredSql(sql: string): string {
  return castElements(withoutTypeNames(lowerFields(sql)))
}

/** Whether two expressions or statements are the same, or one is what became of the other in a dump. */
export function isSameSql(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one === other || restoredSql(one) === restoredSql(other)
}
