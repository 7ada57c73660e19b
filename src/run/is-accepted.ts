import type { RunRules } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'

/** Whether the profile accepts a note, which is then not shown. Errors are always shown. */
export function isAccepted({ accept }: Pick<RunRules, 'accept'>, { severity, code }: Finding): boolean {
  return severity === 'note' && code !== undefined && accept.includes(code)
}

/** Findings to show, and those that the profile does not want to be shown. */
export function splitAccepted(
  rules: Pick<RunRules, 'accept'>,
  findings: readonly Finding[],
): { readonly findings: Finding[]; readonly accepted: Finding[] } {
  return {
    findings: findings.filter((finding) => !isAccepted(rules, finding)),
    accepted: findings.filter((finding) => isAccepted(rules, finding)),
  }
}
