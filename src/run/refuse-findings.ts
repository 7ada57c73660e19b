import { RefusedError } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'

/**
 * Refuses to go on if validation found a reason to.
 * @param rehearsal the command that shows whether all is well, if there is one
 * @param ways what can be done instead of correcting them, if there is something
 * @throws RefusedError with every finding
 */
export function refuseFindings(findings: readonly Finding[], rehearsal?: string, ways?: string): void {
  const errors = findings.filter((finding) => finding.severity === 'error')
  if (errors.length === 0) return
  throw new RefusedError(
    `Validation found ${errors.length} ${errors.length === 1 ? 'problem' : 'problems'}; nothing has changed`,
    {
      findings,
      hint:
        rehearsal === undefined
          ? 'Correct what is listed, then run again.'
          : `Correct what is listed, then run \`${rehearsal}\` until it finds no failure.${ways === undefined ? '' : ` ${ways}`}`,
    },
  )
}
