import { TableSet } from '../../core/table-map.ts'
import type { Session } from '../../postgres/session.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'
import { findExpressionProblem } from '../masks/expression-problem.ts'
import { expressionWords } from '../masks/expression-words.ts'

/**
 * The tables whose `where` may become true of a row without that row being written: it reads other rows, or calls a function that depends on
 * the moment or that a user may replace.
 */
export async function findMovingConditions(
  witness: Session,
  tables: readonly Pick<LiveTable, 'name' | 'where'>[],
): Promise<TableSet> {
  const moving = new TableSet()
  for (const { name, where } of tables)
    if (where !== undefined && (await mayMove(witness, where))) moving.add(name)
  return moving
}

async function mayMove(witness: Session, where: string): Promise<boolean> {
  const { words, calls, operatorSchemas } = expressionWords(where)
  const schemas = [...calls.map(({ schema }) => schema ?? 'pg_catalog'), ...operatorSchemas]
  if (words.includes('select') || words.includes('table')) return true
  if (schemas.some((schema) => schema !== 'pg_catalog')) return true
  return (await findExpressionProblem(witness, where)) !== undefined
}
