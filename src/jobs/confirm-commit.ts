import type { Database } from '../postgres/database.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import type { Merged } from '../transfer/merge/merge-plan.ts'
import { wasCommitted } from './with-run.ts'

/**
 * Runs a merge, and if the connection breaks when all was ready to commit, finds out from the run row whether it did:
 * a finished run must not be told as failed.
 */
export async function confirmCommit(
  target: Database,
  runId: number,
  work: (remember: (merged: Merged) => void) => Promise<Merged>,
): Promise<Merged> {
  let ready: Merged | undefined
  try {
    return await work((merged) => {
      ready = merged
    })
  } catch (error) {
    const isUnknown = error instanceof DatabaseError && error.isConnectionLost
    if (ready !== undefined && isUnknown && (await wasCommitted(target, runId))) return ready
    throw error
  }
}
