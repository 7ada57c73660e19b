import type { RunRules } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'

/** Whether the profile accepts a note, which is then not shown. Errors are always shown. */
export function isAccepted({ accept }: Pick<RunRules, 'accept'>, { severity, code }: Finding): boolean {
  return severity === 'note' && code !== undefined && accept.includes(code)
}
