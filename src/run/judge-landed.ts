import { coded, type Finding } from '../core/finding.ts'
import type { UnvalidatedConstraint } from '../postgres/catalog/read-constraints.ts'
import type { Session } from '../postgres/session.ts'
import { findViolatedByLanded } from '../transfer/merge/find-violated-by-landed.ts'
import { validateLanded } from '../transfer/validate/obstacles.ts'
import type { ValidateOptions } from '../transfer/validate/validate-options.ts'
import type { LandedRun } from './land-parts.ts'
import { refuseFindings } from './refuse-findings.ts'

/** What can be known only of rows that are there. */
export interface LandedVerdict {
  /** The target's NOT VALID constraints that they violate. */
  readonly violated: readonly UnvalidatedConstraint[]
  readonly notes: readonly Finding[]
}

/**
 * Looks at what has landed with the target's own rules: the source is not asked, since its rules are code of their authors there.
 * @throws RefusedError if the merge could not write it
 */
export async function judgeLanded(
  session: Session,
  { inspection, names, unchanged }: LandedRun,
  options: ValidateOptions,
): Promise<LandedVerdict> {
  const violated = await findViolatedByLanded(session, {
    inspection,
    names,
    isWhole: ({ source }) => !unchanged.has(source.name),
  })
  const notes = coded('obstacle', validateLanded(inspection, violated, options))
  refuseFindings(notes)
  return { violated, notes }
}
