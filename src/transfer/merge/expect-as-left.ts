import { FailedError } from '../../core/errors.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import type { TableMarks } from './mark-tables.ts'
import type { MergeTable } from './merge-table.ts'

/** Somebody else has written to tables of which only changed rows have landed: they must be read in full. */
export class TargetWrittenError extends FailedError {
  readonly tables: readonly TableName[]

  constructor(tables: readonly TableName[]) {
    super(`${tables.map(displayName).join(', ')}: somebody else wrote to the target`, {
      hint: 'Nothing has changed. Run again with --repair.',
    })
    this.tables = tables
  }
}

/**
 * Where only changed rows have landed, the others are known from the run before: the table must hold exactly what that one left.
 * @throws TargetWrittenError naming all tables that do not
 */
export function expectAsLeft(marks: ReadonlyMap<MergeTable, TableMarks>): void {
  const written = [...marks].filter(([table, marked]) => !isAsLeft(table, marked))
  if (written.length > 0) throw new TargetWrittenError(written.map(([{ target }]) => target.name))
}

function isAsLeft({ rows }: MergeTable, { before }: TableMarks): boolean {
  if (rows.kind !== 'changed') return true
  const { left } = rows.unchanged
  return before.rows === left.rows && before.fingerprint === left.fingerprint
}
