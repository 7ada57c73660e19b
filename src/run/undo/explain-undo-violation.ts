import pg from 'pg'
import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { UndoableRun } from '../../state/undo-sets.ts'
import { ViolationError } from '../../transfer/merge/check-constraints.ts'
import { outsideEnd } from '../../transfer/validate/foreign-key-advice.ts'

/** What a rollback restores, as far as foreign keys are concerned. */
export interface UndoneEnds {
  readonly foreignKeys: readonly ForeignKey[]
  /** The relations of all tables of the rollback. */
  readonly oids: ReadonlySet<number>
}

/** The SQLSTATE of a violated foreign key, and those of other constraints. */
const FOREIGN_KEY = '23503'
const NOT_NULL = '23502'
const CONSTRAINTS = new Set(['23505', '23514', NOT_NULL, '23P01'])

/**
 * What a rollback failed with, with advice that helps there: the rows that come back are the target's own, so neither the source nor the
 * profile is to blame, but rows and constraints that are newer than the run.
 */
export function explainUndoViolation(error: unknown, ends: UndoneEnds): unknown {
  if (error instanceof ViolationError) {
    const { foreignKey, message, tables } = error
    const hint = foreignKey === undefined ? NEWER : adviseOnUndo(foreignKey, ends)
    return new ViolationError(message, { tables, hint, ...(foreignKey === undefined ? {} : { foreignKey }) })
  }
  if (!(error instanceof DatabaseError)) return error
  const { sqlState = '', isConnectionLost, violated } = error
  const key = sqlState === FOREIGN_KEY ? findKey(ends, violated) : undefined
  if (key !== undefined) {
    return new DatabaseError(
      `${displayName(key.child)}: rows would refer to rows that ${displayName(key.parent)} does not have (foreign key "${key.name}")`,
      { cause: error, sqlState, isConnectionLost, hint: adviseOnUndo(key, ends) },
    )
  }
  if (sqlState !== FOREIGN_KEY && !CONSTRAINTS.has(sqlState)) return error
  return new DatabaseError(error.message, { cause: error, sqlState, isConnectionLost, violated, hint: NEWER })
}

const NEWER =
  'Nothing has changed. Rows or a constraint that are newer than the run stand in the way: correct these rows in the target, or drop the constraint, then roll back again.'

function findKey(
  { foreignKeys }: UndoneEnds,
  violated: { readonly constraint: string; readonly relation: TableName | undefined } | undefined,
): ForeignKey | undefined {
  const relation = violated?.relation
  if (violated === undefined || relation === undefined) return undefined
  return foreignKeys.find(({ name, child }) => name === violated.constraint && isSameTable(child, relation))
}

function adviseOnUndo(key: ForeignKey, { oids }: UndoneEnds): string {
  const [child, parent] = [displayName(key.child), displayName(key.parent)]
  switch (outsideEnd(key, (oid) => oids.has(oid))) {
    case 'child':
      return `Nothing has changed. ${child} is not part of the rollback, and rows of it refer to rows of ${parent} that the rollback removes: delete those rows of ${child}, or let them refer to others, then roll back again.`
    case 'parent':
      return `Nothing has changed. ${parent} is not part of the rollback, and rows of ${child} that come back refer to rows that it no longer has: insert those rows of ${parent} again, or drop the foreign key, then roll back again.`
    default:
      return `Nothing has changed. Rows that were written since the run stand in the way: delete those of ${child}, or insert those of ${parent} that are missing, then roll back again.`
  }
}

/** If a run has added a column that requires a value, the old rows have none. This says how they can be restored. */
export function explainDemandedColumn(error: unknown, { followed }: UndoableRun): unknown {
  if (!(error instanceof DatabaseError) || error.sqlState !== NOT_NULL || followed.length === 0) return error
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
