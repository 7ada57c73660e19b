import type { Profile } from '../config/config.ts'
import { RefusedError } from '../core/errors.ts'
import type { SearchOutcome } from '../indexing/index-documents.ts'
import type { SearchOptions } from '../indexing/search-task.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import { awaitRunLock } from '../run/await-run-lock.ts'
import { withTarget } from '../run/databases.ts'
import { indexAfterwards } from '../run/index-afterwards.ts'
import { refuseProtectedTarget } from '../run/refuse-unsafe-target.ts'
import type { Warning } from '../run/run-result.ts'
import { catchUp } from '../run/swap/catch-up.ts'
import { dropPrevious } from '../run/swap/drop-previous.ts'
import { readTargetDatabase } from '../run/swap/read-target-database.ts'
import { switchDatabases } from '../run/swap/switch-databases.ts'
import { withMaintenance } from '../run/swap/with-maintenance.ts'
import { belongingStatements } from '../run/swap/write-database.ts'
import { stateOf } from '../state/migrate.ts'
import { endRun } from '../state/runs.ts'
import { type DatabaseName, type KnownSwap, leftOver, readSwaps } from '../state/swaps.ts'
import { seeStrangers } from '../transfer/target-writes/stranger-sessions.ts'

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
 * @throws RefusedError if there is none; FailedError if sessions of the target do not end
 */
export async function retrySwap(profile: Profile, context: JobContext): Promise<RetryResult> {
  return withTarget(profile, context, async (target) => {
    const session = await target.session()
    await refuseProtectedTarget(profile, session)
    await awaitRunLock(session, context)
    const { built, ...swap } = await findReady(session, profile)
    const old = await readTargetDatabase(session)
    const seen = await seeStrangers(target, session)
    return withMaintenance(target, old.name, async (maintenance) => {
      context.report({ type: 'phase', phase: 'switch' })
      const left = await catchUp(target, session, built.name, profile, () =>
        switchDatabases(maintenance, {
          leaving: old,
          leavingAs: swap.replacedName,
          coming: built,
          also: belongingStatements(old.name, old),
          lockHolder: session,
          switchMs: profile.swap.switchMs,
        }),
      )
      const run = { id: swap.runId, target, coordinator: session, seen, context }
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

async function findReady(
  session: Session,
  { name, to }: Profile,
): Promise<KnownSwap & { readonly built: DatabaseName }> {
  const swaps = (await stateOf(session)) === 'current' ? leftOver(await readSwaps(session)) : []
  const ready = swaps.find(({ isReady, profile, status }) => {
    return isReady && profile === name && (status === 'failed' || status === 'interrupted')
  })
  if (ready !== undefined) return ready
  throw new RefusedError(`There is no new database that could replace "${to.name}"`, {
    hint: `Only a run whose switch failed leaves one, until the next run. \`mbsync sync ${name} --strategy swap\` builds another.`,
  })
}
