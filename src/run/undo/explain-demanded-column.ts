import pg from 'pg'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { UndoableRun } from '../../state/undo-sets.ts'

const NOT_NULL_VIOLATION = '23502'

/** If a run has added a column that requires a value, the old rows have none. This says how they can be restored. */
export function explainDemandedColumn(error: unknown, { followed }: UndoableRun): unknown {
  if (!(error instanceof DatabaseError) || error.sqlState !== NOT_NULL_VIOLATION || followed.length === 0)
    return error
  const { cause, message, sqlState } = error
  if (!(cause instanceof pg.DatabaseError)) return error
  const { schema, table, column } = cause
  if (schema === undefined || table === undefined || column === undefined) return error
  const alter = `ALTER TABLE ${relation({ schema, name: table })} ALTER COLUMN ${identifier(column)} DROP NOT NULL`
  return new DatabaseError(message, {
    cause,
    sqlState,
    hint: `The run added the column, and the earlier rows have no value in it. ${alter}, and roll back again.`,
  })
}
