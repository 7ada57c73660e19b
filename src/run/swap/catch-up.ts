import type { RunRules } from '../../config/config.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import { type Database, withDatabaseBeside } from '../../postgres/database.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Session } from '../../postgres/session.ts'
import { isTable } from '../../transfer/inspect/select-relations.ts'
import { type StayRules, stayRuleOf } from '../../transfer/inspect/stay-rule.ts'
import { tableSql } from '../../transfer/merge/row-sql.ts'
import { carrySequences } from '../../transfer/staying/carry-sequences.ts'
import { refreshStaying } from '../../transfer/staying/refresh-staying.ts'
import type { Warning } from '../run-result.ts'

/**
 * Brings what users have changed since rows that stay were copied into the database that is about to take the name of the target, and calls `switchOver` while
 * no session can write to these tables.
 * @param old the session in the target that holds the run lock
 * @returns what could not be brought, and is in the previous database alone
 */
export async function catchUp(
  target: Database,
  old: Session,
  builtName: string,
  { keep, deletes }: Pick<RunRules, 'keep' | 'deletes'>,
  switchOver: () => Promise<void>,
): Promise<Warning[]> {
  const rules: StayRules = { ...(keep && { keep }), ...(deletes && { deletes }) }
  const tables = (await listRelations(old)).filter(
    (each) => isTable(each) && stayRuleOf(rules, each.name) !== undefined,
  )
  if (tables.length === 0) {
    await switchOver()
    return []
  }
  await lock(
    old,
    tables.map(({ name, kind }) => tableSql({ name, isPartitioned: kind === 'partitioned' })),
  )
  try {
    const warnings = await withDatabaseBeside(target, builtName, async (next) =>
      refresh(old, await next.session(), rules),
    )
    await switchOver()
    return warnings
  } catch (error) {
    if (old.isOpen) await old.execute('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** A transaction that writes there for long is ended by the switch, and comes to nothing: it is not waited for. */
async function lock(session: Session, tables: readonly string[]): Promise<void> {
  await session.execute('BEGIN')
  try {
    await session.execute(`LOCK TABLE ${tables.join(', ')} IN SHARE MODE`)
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.isConnectionLost) throw error
    await session.execute('ROLLBACK; BEGIN')
  }
}

async function refresh(old: Session, next: Session, rules: StayRules): Promise<Warning[]> {
  try {
    const left = await refreshStaying(old, next, rules)
    await carrySequences(old, next, rules)
    return left.length === 0 ? [] : [stayedBehind(left, 'a table without a key is not compared row by row')]
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.isConnectionLost) throw error
    return [stayedBehind([], error.message)]
  }
}

function stayedBehind(tables: readonly TableName[], reason: string): Warning {
  const where = tables.length === 0 ? '' : ` in ${tables.map(displayName).join(', ')}`
  return {
    message: `Rows that stay were changed${where} while the new database was built, and these changes are only in the previous database: ${reason}`,
    hint: 'Look for them in the previous database, or run again.',
  }
}
