import { setTimeout as sleep } from 'node:timers/promises'
import { LockedError } from '../core/errors.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import { takeRunLock } from '../state/run-lock.ts'

const ASK_EVERY_MS = 1000

/**
 * Takes the run lock. If another run holds it, waits for it as long as the options allow. It polls, because a statement that waits on the
 * server would hold back vacuum there. Returns whether it had to wait.
 * @throws LockedError if another run still holds the lock in the end; InterruptedError
 */
export async function awaitRunLock(
  session: Session,
  { report, signal, lockWaitMs = 0 }: JobContext,
): Promise<boolean> {
  const lastMs = performance.now() + lockWaitMs
  for (let attempt = 1; ; attempt += 1) {
    try {
      await takeRunLock(session)
      return attempt > 1
    } catch (error) {
      const leftMs = lastMs - performance.now()
      if (!(error instanceof LockedError) || leftMs <= 0) throw error
      if (attempt === 1) report({ type: 'info', message: `${error.message}: waiting for it to end` })
      await sleep(Math.min(leftMs, ASK_EVERY_MS), undefined, { signal })
    }
  }
}
