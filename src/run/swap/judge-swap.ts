import type { RunRules } from '../../config/config.ts'
import { RefusedError } from '../../core/errors.ts'
import { coded, type Finding } from '../../core/finding.ts'
import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import { readSchemaNow } from '../../schema/read-schema.ts'
import { checkConditionsOfKeep } from '../../transfer/staying/check-keep.ts'
import { errorFinding } from '../../transfer/validate/finding.ts'
import type { Origin } from '../origin.ts'
import type { RunOptions } from '../run-plan.ts'
import { findLeftBehind, plannedToBring } from './find-left-behind.ts'
import { findLost } from './find-lost.ts'
import { judgeSettings } from './give-settings.ts'
import { judgeAccess } from './judge-access.ts'
import { judgeCarried } from './judge-carried.ts'
import { judgeHost } from './judge-host.ts'
import { judgeLost } from './judge-lost.ts'
import { judgeStaying } from './judge-staying.ts'
import { judgeTarget } from './judge-target.ts'
import { readSwapFacts } from './read-swap-facts.ts'
import { withMaintenance } from './with-maintenance.ts'

/** What is known about a swap beforehand. */
export interface JudgedSwap {
  readonly findings: readonly Finding[]
  /** What only the target has in tables of both sides. This is judged again at the end, when SQL of `after` has run, too. */
  readonly early: readonly Finding[]
}

/** Finds everything that can be known about a swap beforehand, except what its schema needs. Changes nothing. */
export async function judgeSwap(
  target: Database,
  session: Session,
  origin: Origin,
  rules: RunRules,
  options: RunOptions,
): Promise<JudgedSwap> {
  const ofHost = await judgeHost(session)
  if (ofHost.length > 0) return { findings: ofHost, early: [] }
  const ofServer = await judgeServer(target, session, rules)
  const source = await origin.lookAtSchema()
  const old = source === undefined ? undefined : await readSchemaNow(session)
  const known = old === undefined || source === undefined ? undefined : { old, source }
  const brought = await plannedToBring(origin, rules, options)
  const findings = [
    ...ofServer,
    ...judgePurge(rules, options),
    ...coded('swap', await findLeftBehind(session, brought, options)),
    ...(await checkConditionsOfKeep(session, rules)),
    ...(await judgeStaying(session, rules, brought)),
    ...(known === undefined ? [] : await judgeCarried(session, known.old, known.source, rules)),
  ]
  // What SQL of `after` adds is known only after it has run.
  const hasAfter = (options.after ?? []).length > 0
  const lost = known === undefined ? [] : findLost(known.old, known.source)
  return { findings, early: await judgeLost(session, lost, rules, hasAfter) }
}

/** A swap replaces a whole database, including its undo sets. A purge would not be complete if the previous database kept them. */
function judgePurge({ to }: RunRules, { purge }: RunOptions): Finding[] {
  if (purge === undefined) return []
  return coded('swap', [
    errorFinding(
      to.name,
      '--purge cannot be used with a swap: the previous database keeps its values',
      'Run without --purge, with `swap: { keep: 0 }`, which drops the previous database; or write the target in place: `strategy: merge`.',
    ),
  ])
}

/**
 * Findings about the database as a whole. What creates and renames databases may be another role; if it cannot connect, that of the target is
 * judged.
 */
async function judgeServer(target: Database, session: Session, rules: RunRules): Promise<Finding[]> {
  const judge = async (maintenance: Session) => {
    const facts = await readSwapFacts(session, maintenance)
    return [
      ...judgeTarget(facts, rules),
      ...(await judgeAccess(target, session, facts.database)),
      ...(await judgeSettings(maintenance, facts, rules)),
    ]
  }
  try {
    return await withMaintenance(target, session, async (other) => judge(await other.session()))
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    const message = error.message.replace(`${target.name}: `, '')
    const found = coded('swap', [errorFinding(target.name, message, error.hint ?? '')])
    return [...(await judge(session)), ...found]
  }
}
