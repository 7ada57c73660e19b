import { withoutNewQuotes } from '../core/new-names.ts'
import { castElements, keepArrayTypes, type TypeOfColumn } from './array-casts.ts'
import { keepCycleMarks } from './cycle-marks.ts'
import { keepFields, lowerFields } from './extract-fields.ts'
import { keepUnnamed, withoutTypeNames } from './unnamed-columns.ts'

/** Changes SQL, as the server writes it, so that the server reads it as exactly what it has. What it writes then is the same, too. */
export function exactSql(sql: string, typeOfColumn?: TypeOfColumn): string {
  return keepCycleMarks(keepFields(keepUnnamed(keepArrayTypes(sql, typeOfColumn))))
}

/** A text that is the same for SQL and for what it becomes when a server reads it as it was written, as from a dump. */
export function restoredSql(sql: string): string {
  return castElements(withoutTypeNames(lowerFields(withoutNewQuotes(sql))))
}

/** Whether two expressions or statements are the same, or one is what the other became in a dump. */
export function isSameSql(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one === other || restoredSql(one) === restoredSql(other)
}
