import type { Finding } from '../core/finding.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import type { Session } from '../postgres/session.ts'
import { replaceShownNotes } from '../state/run-findings.ts'
import { digestOf } from '../transfer/inspect/fingerprint.ts'

/**
 * The notes of a run that the last run of its profile did not show. The run has succeeded, so if this cannot be found out, all notes count
 * as new.
 */
export async function newNotes(
  session: Session,
  profile: string,
  notes: readonly Finding[],
): Promise<readonly Finding[]> {
  const digests = notes.map(({ code, subject, message }) => digestOf([code, subject, message]))
  try {
    const known = await replaceShownNotes(session, profile, digests)
    return notes.filter((_, index) => !known.has(digests[index] ?? ''))
  } catch (error) {
    if (error instanceof DatabaseError) return notes
    throw error
  }
}
