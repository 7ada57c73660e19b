import { coded, type Finding } from '../core/finding.ts'
import type { UnvalidatedConstraint } from '../postgres/catalog/read-constraints.ts'
import type { Session } from '../postgres/session.ts'
import { findViolatedByLanded } from '../transfer/merge/find-violated-by-landed.ts'
import { validateLanded } from '../transfer/validate/obstacles.ts'
import type { ValidateOptions } from '../transfer/validate/validate-options.ts'
import type { LandedRun } from './land-parts.ts'
import { refuseFindings } from './refuse-findings.ts'

/** Facts that can be known only once rows have landed. */
export interface LandedVerdict {
  /** The target's NOT VALID constraints that the rows violate. */
  readonly violated: readonly UnvalidatedConstraint[]
  readonly notes: readonly Finding[]
}

/**
 * Checks the landed rows with the target's own rules. The source is not asked, because its rules would be code of other roles there.
 * @throws RefusedError if the merge could not write the rows
 */
export async function judgeLanded(
  session: Session,
  { inspection, names, unchanged }: LandedRun,
  options: ValidateOptions,
): Promise<LandedVerdict> {
  const found = await findViolatedByLanded(session, {
    inspection,
    names,
    isWhole: ({ source }) => !unchanged.has(source.name),
  })
  // What the check reads is not written yet. If it still refuses a row then, the merge fails.
  const isCertain = ({ relationOid, name }: UnvalidatedConstraint) =>
    !inspection.target.functionReads.some(
      ({ writtenOid, part }) => writtenOid === relationOid && part === `constraint "${name}"`,
    )
  const violated = options.allowBlocking ? found : found.filter(isCertain)
  const notes = coded('obstacle', validateLanded(inspection, violated, options))
  refuseFindings(notes)
  return { violated, notes }
}
