import type { Session } from '../../postgres/session.ts'
import { enterUserPath } from '../../postgres/user-path.ts'
import { type StayRule, staysSql } from '../inspect/stay-rule.ts'
import { fromPart } from '../source/copy-sql.ts'
import type { PlanGuard } from '../source/plan-guard.ts'
import type { LivePart } from '../source/plan-parts.ts'
import type { Side } from './find-differences.ts'

/** A part of the target without the rows that stay for their values. */
export function withoutStaying(stays: StayRule | undefined, part: LivePart): LivePart {
  return stays?.condition === undefined ? part : { ...part, filter: `NOT (${staysSql(stays.condition)})` }
}

/** The rows of parts of the target that stay for their values. */
export function stayingParts(condition: string, parts: readonly LivePart[]): LivePart[] {
  return parts.map((part) => ({ ...part, filter: staysSql(condition) }))
}

/** Counts the rows of a side. */
export async function countRows({ reading, parts }: Pick<Side, 'reading' | 'parts'>): Promise<number> {
  let rows = 0
  for (const part of parts) {
    const sql = `SELECT count(*)::float8 AS n ${fromPart(part)}`
    const { n } = await reading(part, (session) => session.queryOne<{ n: number }>(sql))
    rows += n
  }
  return rows
}

/** Prepares a session to read a part, so that names in a condition mean the same as in a merge. */
export async function prepareToRead(guard: PlanGuard, session: Session, part: LivePart): Promise<void> {
  await guard.prepare(session, part)
  if (part.filter !== undefined) await enterUserPath(session, 'reading')
}
