import { setTimeout as sleep } from 'node:timers/promises'
import { LockedError } from '../core/errors.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import { takeRunLock } from '../state/run-lock.ts'
import { isEndedBySwap } from './is-ended-by-swap.ts'

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

/**
 * Calls `use` with a session of the target that takes the run lock. A swap ends the sessions that wait for it: then `use` is called again with
 * a session of the new database, as long as the options allow to wait.
 */
export async function acrossSwaps<T>(
  target: Database,
  { signal, lockWaitMs = 0 }: Pick<JobContext, 'signal' | 'lockWaitMs'>,
  use: (session: Session, lockWaitMs: number) => Promise<T>,
): Promise<T> {
  const lastMs = performance.now() + lockWaitMs
  const first = await target.session()
  for (let leftMs = lockWaitMs, isFirst = true; ; isFirst = false) {
    try {
      return await use(isFirst ? first : await target.session(), leftMs)
    } catch (error) {
      leftMs = lastMs - performance.now()
      if (leftMs <= 0 || !isEndedBySwap(error)) throw error
      await sleep(Math.min(leftMs, ASK_EVERY_MS), undefined, { signal })
    }
  }
}
