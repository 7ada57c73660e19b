import { displayName, type TableName } from '../../core/table-name.ts'
import { type ListedRelation, listRelations } from '../../postgres/catalog/list-relations.ts'
import { withDatabaseBeside } from '../../postgres/database.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Session } from '../../postgres/session.ts'
import type { Report } from '../../progress/progress.ts'
import { isTable } from '../../transfer/inspect/select-relations.ts'
import { type StayRules, stayRuleOf } from '../../transfer/inspect/stay-rule.ts'
import { finish } from '../../transfer/merge/finish.ts'
import { tableSql } from '../../transfer/merge/row-sql.ts'
import { carrySequences } from '../../transfer/staying/carry-sequences.ts'
import { refreshStaying, StayingHarmedError } from '../../transfer/staying/refresh-staying.ts'
import type { Warning } from '../run-result.ts'
import { hasBrought } from './find-left-behind.ts'
import { lockWriters } from './lock-writers.ts'
import type { Taking } from './taking.ts'

/**
 * Copies what users have changed in rows that stay into the new database. Then it calls `switchOver` while no session can write to these
 * tables, or to others that are left behind.
 * @returns changes that could not be copied, and are only in the previous database
 * @throws SessionsStayedError if writers cannot be kept out
 */
export async function catchUp(taking: Taking, switchOver: () => Promise<void>): Promise<Warning[]> {
  const { target, maintenance, coordinator: old, rules, built, context } = taking
  const { keep, deletes, swap } = rules
  const staying: StayRules = { ...(keep && { keep }), ...(deletes && { deletes }) }
  const all = (await listRelations(old)).filter(isTable)
  const { isBrought } = await withDatabaseBeside(target, built.name, async (next) =>
    hasBrought(await next.session(), taking.swap.runId),
  )
  const kept = all.filter((table) => isBrought(table) && stayRuleOf(staying, table.name) !== undefined)
  const tables = [
    ...kept,
    ...(await lockableOf(
      old,
      all.filter((table) => !isBrought(table)),
    )),
  ]
  if (tables.length === 0) {
    await switchOver()
    return []
  }
  await maintenance.withClosingSession((looking) =>
    lockWriters(old, looking, {
      target: target.name,
      tables: tables.map(({ name, kind }) => tableSql({ name, isPartitioned: kind === 'partitioned' })),
      lockMs: target.lockMs,
      switchMs: swap.switchMs,
    }),
  )
  try {
    const warnings = await withDatabaseBeside(target, built.name, async (next) =>
      kept.length === 0 ? [] : refresh(old, await next.session(), staying, context.report),
    )
    await switchOver()
    return warnings
  } catch (error) {
    if (old.isOpen) await old.execute('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** The most locks that are taken in addition to those on tables that are read. */
const MOST_APART = 500

/**
 * Those of the tables that are left behind, because they are empty, that the role may lock. Without the lock, a row that is written between
 * the last look and the switch would be lost.
 */
async function lockableOf(session: Session, apart: readonly ListedRelation[]): Promise<ListedRelation[]> {
  const rows = await session.query<{ oid: number }>(
    `SELECT c.oid::int8::float8 AS oid FROM pg_class c WHERE c.oid = ANY ($1::oid[])
       AND has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') LIMIT $2`,
    [apart.map(({ oid }) => oid), MOST_APART],
  )
  const lockable = new Set(rows.map(({ oid }) => oid))
  return apart.filter(({ oid }) => lockable.has(oid))
}

async function refresh(old: Session, next: Session, rules: StayRules, report: Report): Promise<Warning[]> {
  try {
    const { left, changed } = await refreshStaying(old, next, rules)
    await carrySequences(old, next, rules)
    const problems = changed.length === 0 ? [] : await finish(next, report, changed)
    return left.length === 0
      ? problems
      : [...problems, stayedBehind(left, 'a table without a key is not compared row by row')]
  } catch (error) {
    if (error instanceof StayingHarmedError) return [stayedBehind([], error.message)]
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
