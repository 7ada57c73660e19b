import type { Finding } from '../../core/finding.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** The target must be able to represent the source's text. */
export function validateEncodings({ source, target }: Inspection): Finding[] {
  const [from, to] = [source.server.encoding, target.server.encoding]
  const subject = target.server.name
  if (from === to) return []
  if ([from, to].includes('MULE_INTERNAL')) {
    return [
      errorFinding(
        subject,
        `encoding ${from} cannot be converted to ${to}`,
        'Create the target with the encoding of the source.',
      ),
    ]
  }
  if (from === 'SQL_ASCII') {
    return [
      noteFinding(
        subject,
        `the source has no encoding (SQL_ASCII): text that is not valid ${to} fails the run`,
      ),
    ]
  }
  if (to === 'SQL_ASCII')
    return [noteFinding(subject, 'the target has no encoding (SQL_ASCII): text is stored as UTF8')]
  return to === 'UTF8' ? [] : [noteFinding(subject, `a character that ${to} cannot hold fails the run`)]
}
