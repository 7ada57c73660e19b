import type { Finding } from '../../core/finding.ts'

/** A reason to refuse the run, with what to do about it. */
export function errorFinding(subject: string, message: string, hint: string): Finding {
  return { severity: 'error', subject, message, hint }
}

/** A harmless difference. */
export function noteFinding(subject: string, message: string, hint?: string): Finding {
  return hint === undefined
    ? { severity: 'note', subject, message }
    : { severity: 'note', subject, message, hint }
}
