import type { Profile } from '../config/config.ts'
import { hasState } from '../state/migrate.ts'
import { findHolder } from '../state/run-lock.ts'
import { type ListedRun, listRuns } from '../state/runs.ts'
import { readRollbackIds } from '../state/undo-sets.ts'
import { withTarget } from './databases.ts'
import type { Watch } from './watch.ts'

/** A run as the state remembers it. */
export interface RunSummary extends ListedRun {
  /** Whether `mbsync rollback` can still undo it. */
  readonly canRollBack: boolean
}

/** The last runs on a profile's target, newest first. */
export interface StatusReport {
  readonly profile: string
  readonly target: string
  /** Whether a run holds the target's lock at this moment. */
  readonly isRunning: boolean
  readonly runs: readonly RunSummary[]
}

/** Reads the last `limit` runs of the profile from the state in its target. Changes nothing. */
export async function status(
  profile: Profile,
  options: { readonly limit: number },
  watch: Watch,
): Promise<StatusReport> {
  return withTarget(profile, watch, async (target) => {
    const session = await target.session()
    const report = { profile: profile.name, target: profile.to.name }
    if (!(await hasState(session))) return { ...report, isRunning: false, runs: [] }
    const undoable = await readRollbackIds(session)
    const runs = await listRuns(session, profile.name, options.limit)
    return {
      ...report,
      isRunning: (await findHolder(session)) !== undefined,
      runs: runs.map((run) => ({ ...run, canRollBack: undoable.has(run.id) })),
    }
  })
}
