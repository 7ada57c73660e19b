import { takeRunLock } from '../../state/run-lock.ts'
import { dropLandingTables } from '../../transfer/land/landing-tables.ts'
import type { OpenRun } from '../with-run.ts'

/**
 * Continues a run in the database that is the target now: with the run lock there, and without the tables that only the switch has needed.
 * Never throws: if another run has the lock already, it drops these tables.
 */
export async function settleIn(run: OpenRun): Promise<OpenRun> {
  try {
    const coordinator = await run.target.session()
    await takeRunLock(coordinator)
    await dropLandingTables(coordinator)
    return { ...run, coordinator }
  } catch {
    return run
  }
}
