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
import { judgeTarget, readSwapFacts } from './judge-target.ts'

/** A complete database, and what it was built by. */
export interface JudgedBuild {
  readonly rules: RunRules
  readonly runId: number
  readonly after: RunOptions['after']
  /** Columns that the source does not have, and SQL of `after` has added. */
  readonly afterColumns: readonly ColumnName[]
}

/** What was found, and the schemas that it was found in. */
export interface JudgedAgain {
  readonly findings: readonly Finding[]
  /** Those of them about what the target alone has of tables that both have. */
  readonly lost: readonly Finding[]
  readonly old: DatabaseSchema
  readonly fresh: DatabaseSchema
}

/**
 * Everything that a swap is judged by at its start, once the new database is complete: what users have done to the target meanwhile counts, and what was really
 * built. Changes nothing.
 * @param session a session of the target that is in no transaction
 */
export async function judgeAgain(
  session: Session,
  next: Session,
  { rules, runId, after = [], afterColumns }: JudgedBuild,
): Promise<JudgedAgain> {
  const facts = await readSwapFacts(session, [])
  const [old, fresh] = [await readSchemaNow(session), await readSchemaNow(next)]
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

/** Whether something stands in the way. */
export function errorsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ severity }) => severity === 'error')
}
