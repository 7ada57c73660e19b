import { displayName } from '../../core/table-name.ts'
import { IncrementalReadError } from '../merge/incremental-read-error.ts'
import type { MergeTable } from '../merge/merge-table.ts'
import type { TableMarks } from './mark-tables.ts'

/**
 * If only changed rows have landed, the others are known from the previous run. So the table must contain exactly what that run left.
 * @throws IncrementalReadError naming all tables that do not
 */
export function expectAsLeft(marks: ReadonlyMap<MergeTable, TableMarks>): void {
  const written = [...marks].filter(([table, marked]) => !isAsLeft(table, marked))
  if (written.length === 0) return
  const tables = written.map(([{ target }]) => target.name)
  throw new IncrementalReadError(
    `${tables.map(displayName).join(', ')}: modified in the target since the last run`,
    { contradiction: 'written', tables, hint: 'The run reads the table in full, and makes it equal again.' },
  )
}

function isAsLeft({ rows }: MergeTable, { before }: TableMarks): boolean {
  if (rows.kind !== 'changed') return true
  const { left } = rows.unchanged
  return before.rows === left.rows && before.fingerprint === left.fingerprint
}
