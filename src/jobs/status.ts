import type { RunRules } from '../config/config.ts'
import type { Session } from '../postgres/session.ts'
import { hasState } from '../state/migrate.ts'
import { findHolder } from '../state/run-lock.ts'
import { type RunSearch, readRunSearches } from '../state/run-searches.ts'
import { type ListedRun, listRuns } from '../state/runs.ts'
import { readRollbackIds } from '../state/undo-sets.ts'
import { withTarget } from './databases.ts'
import { type Health, NEVER_RAN, readHealth } from './run-health.ts'
import type { Watch } from './watch.ts'

/** A run as the state remembers it. */
export interface RunSummary extends ListedRun {
  /** What it did to search indexes. */
  readonly search: readonly RunSearch[]
  /** Whether `mbsync rollback` can still undo it. */
  readonly canRollBack: boolean
}

/** The last runs on a target, newest first. */
export interface StatusReport {
  /** The profile that they are of; undefined if all runs were asked for. */
  readonly profile: string | undefined
  readonly target: string
  /** Whether a run holds the target's lock at this moment. */
  readonly isRunning: boolean
  readonly runs: readonly RunSummary[]
  /** Only where it was asked for. */
  readonly health?: Health
}

/** Which runs are listed. */
export interface StatusOptions {
  /** Only runs of this profile; undefined for all runs on the target. */
  readonly profile: string | undefined
  readonly limit: number
  /** How long ago the last run may have ended at most; undefined if that is not asked. */
  readonly maxAgeMs?: number | undefined
}

/** Reads the last `limit` runs from the state in the target. Changes nothing. */
export async function status(
  rules: Pick<RunRules, 'to' | 'timeouts'>,
  options: StatusOptions,
  watch: Watch,
): Promise<StatusReport> {
  return withTarget(rules, watch, async (target) => {
    const session = await target.session()
    const isKnown = await hasState(session)
    const report = {
      profile: options.profile,
      target: rules.to.name,
      ...(await askedHealth(isKnown ? session : undefined, options)),
    }
    if (!isKnown) return { ...report, isRunning: false, runs: [] }
    const undoable = await readRollbackIds(session)
    const runs = await listRuns(session, options)
    const searches = await readRunSearches(
      session,
      runs.map(({ id }) => id),
    )
    return {
      ...report,
      isRunning: (await findHolder(session)) !== undefined,
      runs: runs.map((run) => {
        return { ...run, canRollBack: undoable.has(run.id), search: searches.get(run.id) ?? [] }
      }),
    }
  })
}

async function askedHealth(
  session: Session | undefined,
  { profile, maxAgeMs }: StatusOptions,
): Promise<{ readonly health?: Health }> {
  if (maxAgeMs === undefined) return {}
  return { health: session === undefined ? NEVER_RAN : await readHealth(session, profile, maxAgeMs) }
}
