import type { RunRules } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'

/** Whether the profile does not want to be shown a note. Errors are always shown. */
export function isAccepted({ accept }: Pick<RunRules, 'accept'>, { severity, code }: Finding): boolean {
  return severity === 'note' && code !== undefined && accept.includes(code)
}
