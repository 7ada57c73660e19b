import { profileArguments } from '../../config/command-arguments.ts'
import type { Session } from '../../postgres/session.ts'
import { findHolder } from '../../state/run-lock.ts'
import { leftOver, readSwaps } from '../../state/swaps.ts'
import type { Check } from './checklist.ts'

/** Warns of databases that runs have built beside the target and left behind. */
export async function checkLeftOver(session: Session, subject: string): Promise<Check[]> {
  // A run that is under way needs what it builds.
  if ((await findHolder(session)) !== undefined) return []
  return leftOver(await readSwaps(session)).map(({ built, runId, isReady, profile }) => ({
    status: 'warning',
    subject,
    message: `Run ${runId} has left database "${built.name}" behind: the next run drops it`,
    ...(isReady
      ? { hint: `It is complete: \`mbsync swap ${profileArguments(profile)} --retry\` switches to it.` }
      : {}),
  }))
}
