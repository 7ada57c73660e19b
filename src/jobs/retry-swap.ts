import { profileArguments } from '../config/command-arguments.ts'
import type { Profile } from '../config/config.ts'
import { RefusedError } from '../core/errors.ts'
import type { SearchOutcome } from '../indexing/index-documents.ts'
import type { SearchOptions } from '../indexing/search-task.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import { type AfterScript, readScripts } from '../run/after/read-scripts.ts'
import { awaitRunLock } from '../run/await-run-lock.ts'
import { withTarget } from '../run/databases.ts'
import { indexAfterwards } from '../run/index-afterwards.ts'
import { refuseProtectedTarget } from '../run/refuse-unsafe-target.ts'
import type { Warning } from '../run/run-result.ts'
import { dropPrevious } from '../run/swap/drop-database.ts'
import { digestOfRules } from '../run/swap/rules-digest.ts'
import { settleIn } from '../run/swap/settle-in.ts'
import { takePlace } from '../run/swap/take-place.ts'
import { withMaintenance } from '../run/swap/with-maintenance.ts'
import { stateOf } from '../state/migrate.ts'
import { endRun } from '../state/runs.ts'
import {
  type ColumnName,
  type DatabaseName,
  type KnownSwap,
  leftOver,
  readBuiltBy,
  readSwaps,
} from '../state/swaps.ts'
import { seeStrangers } from '../transfer/target-writes/write-counters.ts'

/** What a switch that was tried again has done. */
export interface RetryResult {
  /** The run that has built the database. */
  readonly runId: number
  readonly previousDatabase: string | undefined
  readonly search: readonly SearchOutcome[]
  readonly warnings: readonly Warning[]
}

const SEARCH: SearchOptions = { rebuild: false, reconcile: true, create: false, allowMassDelete: false }

/**
 * Switches to the database that an earlier run has built and could not switch to.
 * @throws RefusedError if there is none, or the profile has changed; FailedError if sessions of the target do not end, or something would be lost
 */
export async function retrySwap(profile: Profile, context: JobContext): Promise<RetryResult> {
  return withTarget(profile, context, async (target) => {
    const session = await target.session()
    await refuseProtectedTarget(profile, session)
    await awaitRunLock(session, context)
    const { built, ...swap } = await findReady(session, profile)
    const { scripts, afterColumns } = await expectSameRules(session, profile, swap.runId)
    const seen = await seeStrangers(target, session)
    return withMaintenance(target, session, async (maintenance) => {
      const taking = { target, maintenance, coordinator: session, rules: profile, swap, built }
      const left = await takePlace({ ...taking, after: scripts, afterColumns, context })
      const run = await settleIn({
        id: swap.runId,
        target,
        coordinator: session,
        seen,
        followUps: [],
        context,
      })
      const search = { indexes: profile.search, options: SEARCH }
      const outcomes = await indexAfterwards(profile, run, {
        tables: [],
        allowBlocking: false,
        search,
      })
      const { warnings, kept } = await dropPrevious(target, maintenance, profile.swap.keep)
      await target.withClosingSession((own) => endRun(own, swap.runId, 0, []))
      return {
        runId: swap.runId,
        previousDatabase: kept.find((name) => name === swap.replacedName),
        search: outcomes,
        warnings: [...left, ...warnings],
      }
    })
  })
}

/**
 * What was built may have what the profile no longer allows.
 * @throws RefusedError if it was built by other rules
 */
async function expectSameRules(
  session: Session,
  profile: Profile,
  runId: number,
): Promise<{ readonly scripts: readonly AfterScript[]; readonly afterColumns: readonly ColumnName[] }> {
  const { rulesDigest, afterColumns } = await readBuiltBy(session, runId)
  const { scripts } = await readScripts(profile)
  // The run may have been asked to leave them out.
  for (const ran of [scripts, []])
    if (rulesDigest === digestOfRules(profile, ran)) return { scripts: ran, afterColumns }
  throw new RefusedError(`The profile has changed since run ${runId} built the database`, {
    hint: `What it has may not be what the profile says now: run \`mbsync sync ${profileArguments(profile.name)} --strategy swap\` again, which builds another.`,
  })
}

async function findReady(
  session: Session,
  { name, to }: Profile,
): Promise<KnownSwap & { readonly built: DatabaseName }> {
  const swaps = (await stateOf(session)) === 'current' ? leftOver(await readSwaps(session)) : []
  const ready = swaps.find(({ isReady, profile }) => isReady && profile === name)
  if (ready !== undefined) return ready
  throw new RefusedError(`There is no new database that could replace "${to.name}"`, {
    hint: `Only a run whose switch failed, or that died at it, leaves one, until the next run. \`mbsync sync ${profileArguments(name)} --strategy swap\` builds another.`,
  })
}
