import type { Finding } from '../../core/finding.ts'
import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'

/** The lines that tell findings to a person: errors first, each with what to do about it. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const notes = findings.filter(({ severity }) => severity === 'note')
  return [...errors, ...notes].flatMap(({ severity, subject, message, hint }) => {
    const mark = severity === 'error' ? paint.red('✖') : paint.cyan('•')
    const line = `${mark} ${paint.bold(printable(subject))}: ${printable(message)}`
    return hint === undefined ? [line] : [line, paint.dim(`  ${printable(hint)}`)]
  })
}
