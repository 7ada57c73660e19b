import { databaseArgument } from '../../config/command-arguments.ts'
import type { RunRules } from '../../config/config.ts'
import { RefusedError } from '../../core/errors.ts'
import { VERSION } from '../../core/version.ts'
import { type Database, withDatabaseBeside } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import { expectYes, type Question } from '../../progress/confirm.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { copyState } from '../../state/copy-state.ts'
import { migrate } from '../../state/migrate.ts'
import { takeRunLock } from '../../state/run-lock.ts'
import { succeedRun } from '../../state/runs.ts'
import { type DatabaseName, findLastSwap, type KnownSwap } from '../../state/swaps.ts'
import { markRolledBack } from '../../state/undo-sets.ts'
import { type OpenRun, withRun } from '../with-run.ts'
import { expectFree } from './create-database.ts'
import { readTargetDatabase } from './read-target-database.ts'
import { swapName } from './swap-name.ts'
import { switchDatabases } from './switch-databases.ts'
import { withMaintenance } from './with-maintenance.ts'

/** The result of rolling back a swap. */
export interface SwappedBack {
  readonly runId: number
  readonly undoneRunId: number
  /** The new name of the database that was the target until then. The next run drops it. */
  readonly undoneDatabase: string
}

/**
 * Gives the name of the target back to the database that the last run has replaced.
 * @throws RefusedError if it is not confirmed, or that database no longer exists
 */
export async function swapBack(
  rules: Pick<RunRules, 'to' | 'swap'>,
  profile: string | undefined,
  target: Database,
  context: JobContext,
): Promise<SwappedBack> {
  const find = async (session: Session) => {
    const swap = await findLastSwap(session)
    if (swap === undefined)
      throw new RefusedError('Another run has ended since the rollback began; nothing has changed', {
        hint: 'Run the rollback again.',
      })
    return { swap, previous: expectPrevious(swap, rules.to.name, profile) }
  }
  const before = async (coordinator: Session) => {
    const { swap, previous } = await find(coordinator)
    await expectYes(context, question(rules.to.name, swap, previous))
  }
  const openWith = async (coordinator: Session) => {
    const { swap } = await find(coordinator)
    return { profile: swap.profile, mode: 'rollback' as const, version: VERSION, undoneRun: swap.runId }
  }
  return withRun(target, context, { before, openWith }, async (run) => {
    const { swap, previous } = await find(run.coordinator)
    const now = await readTargetDatabase(run.coordinator)
    const undoneDatabase = swapName(now.name, 'undone', swap.runId)
    return withMaintenance(target, run.coordinator, async (maintenance) => {
      await maintenance.withClosingSession((session) => expectFree(session, [undoneDatabase]))
      await withDatabaseBeside(target, previous.name, (other) => takeBackState(run, swap, other))
      run.context.report({ type: 'phase', phase: 'switch' })
      await switchDatabases(maintenance, {
        leaving: now,
        leavingAs: undoneDatabase,
        coming: previous,
        also: async () => [],
        lockHolder: run.coordinator,
        switchMs: rules.swap.switchMs,
      })
      return { runId: run.id, undoneRunId: swap.runId, undoneDatabase }
    })
  })
}

/**
 * Before it becomes the target again, the previous database receives the runs since it was replaced. If the switch fails, they have no
 * effect.
 */
async function takeBackState(run: OpenRun, { runId }: KnownSwap, other: Database): Promise<void> {
  const session = await other.session()
  await takeRunLock(session)
  await migrate(session)
  await copyState(run.coordinator, session, { from: runId })
  await markRolledBack(session, { id: runId, followed: [] })
  await succeedRun(session, run.id)
  await session.query('SELECT pg_advisory_unlock_all()')
  await session.end()
}

function expectPrevious(swap: KnownSwap, targetName: string, profile: string | undefined): DatabaseName {
  if (profile !== undefined && swap.profile !== profile) {
    throw new RefusedError(`The last run on "${targetName}" was of profile "${swap.profile}"`, {
      hint: `Runs are undone in reverse order: \`mbsync rollback --to ${databaseArgument(targetName)}\` undoes that one first.`,
    })
  }
  if (swap.replaced !== undefined) return swap.replaced
  throw new RefusedError(
    `Run ${swap.runId} cannot be rolled back: database "${swap.replacedName}", which it has replaced, no longer exists`,
    { hint: '`swap.keep` in mbsync.yaml says how many previous databases are kept.' },
  )
}

function question(targetName: string, swap: KnownSwap, previous: DatabaseName): Question {
  const time = swap.finishedAt
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
  return {
    message: `The rollback would replace "${targetName}" by the database from before run ${swap.runId} of profile "${swap.profile}", which ended at ${time}`,
    details: [
      {
        subject: previous.name,
        fact: 'gets the name of the target back; sessions of both are ended',
      },
      {
        subject: targetName,
        fact: 'rows written since then are in the replaced database, which the next run drops',
      },
    ],
    hint: 'Confirm it on a terminal, with --yes, or with MBSYNC_YES=1.',
  }
}
