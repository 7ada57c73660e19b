import type { Profile } from '../config/config.ts'
import { readServerFacts, readSystemIdentifier } from '../postgres/catalog/read-server.ts'
import type { Database } from '../postgres/database.ts'
import { withLiveSource } from '../transfer/live-source.ts'
import type { LivePart } from '../transfer/plan-parts.ts'
import { withDatabases } from './databases.ts'
import { refuseProtectedTarget, refuseSameDatabase } from './refuse-unsafe-target.ts'
import { type Origin, planInto, runInto } from './run-into.ts'
import type { RunOptions, RunPlan } from './run-plan.ts'
import type { RunResult } from './run-result.ts'
import type { Watch } from './watch.ts'

/**
 * Brings the profile's target to the state of its source in one transaction.
 * @throws RefusedError if validation finds a reason not to; FailedError, LockedError, InterruptedError
 */
export async function sync(profile: Profile, options: RunOptions, watch: Watch): Promise<RunResult> {
  return withDatabases(profile, watch, async ({ source, target }) => {
    await refuseUnsafeTarget(profile, source, target)
    return runInto(target, liveOrigin(profile, source), profile, options, watch)
  })
}

/** What {@link sync} would do now. Changes nothing. Validation errors are in the plan, not thrown. */
export async function planSync(profile: Profile, options: RunOptions, watch: Watch): Promise<RunPlan> {
  return withDatabases(profile, watch, async ({ source, target }) => {
    await refuseUnsafeTarget(profile, source, target)
    return planInto(target, liveOrigin(profile, source), profile, options, watch)
  })
}

async function refuseUnsafeTarget(profile: Profile, source: Database, target: Database): Promise<void> {
  const targetSession = await target.session()
  await refuseProtectedTarget(profile, targetSession)
  const sourceSession = await source.session()
  // A second idle session on each side shows a pooler in transaction mode: it would reach the first one's backend.
  const others = [await target.session(), await source.session()]
  await refuseSameDatabase(profile, sourceSession, targetSession)
  await Promise.all([sourceSession, targetSession, ...others].map((session) => session.end()))
}

function liveOrigin({ name, from }: Profile, source: Database): Origin<LivePart> {
  return {
    name: from.name,
    rehearsal: `mbsync check ${name}`,
    identify: async () => ({ name: from.name, ...(await identify(source)) }),
    open: (selection, use) => withLiveSource(source, selection, use),
  }
}

async function identify(source: Database): Promise<Record<string, unknown>> {
  const session = await source.session()
  const { database, databaseOid, version } = await readServerFacts(session)
  const system = await readSystemIdentifier(session)
  await session.end()
  return { database, databaseOid, version, systemIdentifier: system ?? null }
}
