import type { RunRules } from '../config/config.ts'
import type { SearchOutcome } from '../indexing/index-documents.ts'
import type { Session } from '../postgres/session.ts'
import { expectRunLock, takeRunLock } from '../state/run-lock.ts'
import type { RunOptions } from './run-plan.ts'
import type { OpenRun } from './with-run.ts'

/**
 * The session of the merge holds the run lock. If it was lost with the answer to COMMIT, the lock is taken again. If that fails, the
 * database is still up to date.
 */
export async function indexAfterwards(
  { recheck }: RunRules,
  run: OpenRun,
  { search }: RunOptions,
): Promise<SearchOutcome[]> {
  if (search === undefined || search.indexes.length === 0) return []
  const { indexDocuments, leaveOut } = await import('../indexing/index-documents.ts')
  let session: Session
  try {
    session = await lockedSession(run)
  } catch (error) {
    return leaveOut(run, search, error)
  }
  // Sessions that have loaded tables may not have reported that to the statistics yet.
  const facts = { harmless: { openPids: () => [] }, recheck }
  return indexDocuments({ ...run, coordinator: session }, facts, search)
}

async function lockedSession({ target, coordinator }: OpenRun): Promise<Session> {
  try {
    await expectRunLock(coordinator)
    return coordinator
  } catch {
    const session = await target.session()
    await takeRunLock(session)
    return session
  }
}
