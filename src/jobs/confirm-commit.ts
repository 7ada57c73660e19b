import { FailedError, InterruptedError } from '../core/errors.ts'
import type { Database } from '../postgres/database.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import type { Merged } from '../transfer/merge/merge-plan.ts'
import type { Watch } from './watch.ts'
import { wasCommitted } from './with-run.ts'

/**
 * Runs a merge, and if the connection breaks when all was ready to commit, finds out from the run row whether it did:
 * a finished run must not be reported as failed.
 * @throws FailedError or InterruptedError that says so if it cannot be found out
 */
export async function confirmCommit(
  target: Database,
  runId: number,
  { signal }: Pick<Watch, 'signal'>,
  work: (remember: (merged: Merged) => void) => Promise<Merged>,
): Promise<Merged> {
  let ready: Merged | undefined
  try {
    return await work((merged) => {
      ready = merged
    })
  } catch (error) {
    const isUnknown = error instanceof DatabaseError && error.isConnectionLost
    if (ready === undefined || !isUnknown) throw error
    const isCommitted = await wasCommitted(target, runId)
    if (isCommitted === undefined) throw unconfirmed(target, runId, error, signal.reason)
    if (isCommitted) return ready
    throw error
  }
}

function unconfirmed({ name }: Database, runId: number, cause: unknown, reason: unknown): unknown {
  if (reason instanceof InterruptedError) {
    return new InterruptedError(
      reason.signal,
      `the target did not answer the COMMIT of run ${runId}: \`mbsync status ${runId}\` shows whether it succeeded`,
    )
  }
  return new FailedError(
    `${name}: the connection was lost during the COMMIT of run ${runId}, and its outcome is unknown`,
    {
      cause,
      hint: `When the target answers again, \`mbsync status ${runId}\` shows whether the run succeeded.`,
    },
  )
}
