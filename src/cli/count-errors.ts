import type { Finding } from '../core/finding.ts'

/** How many of the findings refuse a run. */
export function countErrors(findings: readonly Finding[]): number {
  return findings.filter(({ severity }) => severity === 'error').length
}
