import { RefusedError } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'

/**
 * Refuses to continue if validation found an error.
 * @param rehearsal the command that checks again, if there is one
 * @param ways other ways out than correcting the errors, if there are any
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
