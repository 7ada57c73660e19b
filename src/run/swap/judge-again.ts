import type { RunRules } from '../../config/config.ts'
import { coded, type Finding } from '../../core/finding.ts'
import type { Session } from '../../postgres/session.ts'
import { readSchemaNow } from '../../schema/read-schema.ts'
import type { DatabaseSchema } from '../../schema/schema-object.ts'
import type { ColumnName } from '../../state/swaps.ts'
import type { RunOptions } from '../run-plan.ts'
import { findLeftBehind, hasBrought } from './find-left-behind.ts'
import { findLost } from './find-lost.ts'
import { judgeHost } from './judge-host.ts'
import { judgeAfterColumns, judgeLost } from './judge-lost.ts'
import { judgeTarget } from './judge-target.ts'
import { readSwapFacts } from './read-swap-facts.ts'

/** A complete database, and what it was built from. */
export interface JudgedBuild {
  readonly rules: RunRules
  readonly runId: number
  readonly after: RunOptions['after']
  /** Columns that SQL of `after` has added, and the source lacks. */
  readonly afterColumns: readonly ColumnName[]
}

/** The findings, and the schemas that they are about. */
export interface JudgedAgain {
  readonly findings: readonly Finding[]
  /** Those findings about what only the target has in tables of both. */
  readonly lost: readonly Finding[]
  readonly old: DatabaseSchema
  readonly fresh: DatabaseSchema
}

/**
 * Judges a swap again by the same rules as at its start, once the new database is complete. It uses what was really built, and what users
 * have done to the target meanwhile. Changes nothing.
 * @param session a session of the target without an open transaction
 * @param maintenance a session that could rename the databases
 */
export async function judgeAgain(
  session: Session,
  maintenance: Session,
  next: Session,
  { rules, runId, after = [], afterColumns }: JudgedBuild,
): Promise<JudgedAgain> {
  const facts = await readSwapFacts(session, maintenance)
  const [old, fresh] = await Promise.all([readSchemaNow(session), readSchemaNow(next)])
  const left = await findLeftBehind(session, await hasBrought(next, runId), { after })
  const lost = [
    ...(await judgeLost(session, findLost(old, fresh), rules, false)),
    ...(await judgeAfterColumns(session, next, afterColumns)),
  ]
  return {
    old,
    fresh,
    lost,
    findings: [...(await judgeHost(session)), ...judgeTarget(facts, rules), ...coded('swap', left), ...lost],
  }
}

/** Whether a finding is an error. */
export function errorsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ severity }) => severity === 'error')
}
