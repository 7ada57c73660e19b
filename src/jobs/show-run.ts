import type { RunRules } from '../config/config.ts'
import { UsageError } from '../core/errors.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { Timeline } from '../progress/timeline.ts'
import { withTarget } from '../run/databases.ts'
import type { Warning } from '../run/run-result.ts'
import {
  type ListedTable,
  listRuns,
  listRunTables,
  type RunFacts,
  readRun,
  readRunFacts,
} from '../state/list-runs.ts'
import { hasState } from '../state/migrate.ts'
import { findHolder } from '../state/run-lock.ts'
import { readTimeline } from '../state/run-timelines.ts'
import { type RunSummary, summarizeRuns } from './status.ts'

/** All that the state remembers of one run. */
export interface RunDetail extends RunSummary, RunFacts {
  readonly target: string
  /** `committing`: its COMMIT waits for a synchronous standby. `died`: its process ended without closing it. */
  readonly state: 'under way' | 'committing' | 'ended' | 'died'
  readonly tables: readonly ListedTable[]
  /** What it did when; undefined while it lasts, and of one that died. */
  readonly timeline: Timeline | undefined
  readonly warnings: readonly Warning[]
}

/** Which run is meant. */
export interface RunChoice {
  /** Only runs of this profile; undefined for any. It does not matter to a run that is named. */
  readonly profile: string | undefined
  /** The run's number; undefined for the last one. */
  readonly runId: number | undefined
}

/**
 * Reads all that is known of a run on a target. Changes nothing.
 * @returns undefined if there has been no run yet
 * @throws UsageError if there is no run of the number
 */
export async function showRun(
  rules: Pick<RunRules, 'to' | 'timeouts'>,
  choice: RunChoice,
  context: JobContext,
): Promise<RunDetail | undefined> {
  return withTarget(rules, context, async (target) => {
    const session = await target.session()
    const id = await chooseRun(session, rules.to.name, choice)
    return id === undefined ? undefined : readDetail(session, rules.to.name, id)
  })
}

/**
 * The number of the run that is meant; undefined if there has been none yet.
 * @throws UsageError if there is no run of the number
 */
export async function chooseRun(
  session: Session,
  target: string,
  { profile, runId }: RunChoice,
): Promise<number | undefined> {
  const isKnown = await hasState(session)
  if (runId === undefined) {
    const [last] = isKnown ? await listRuns(session, { profile, limit: 1 }) : []
    return last?.id
  }
  if (isKnown && (await readRun(session, runId)) !== undefined) return runId
  throw new UsageError(`There is no run ${runId} on "${target}"`, {
    hint: 'Every target numbers and stores its own runs: give the profile before the number, or the target with --to.',
  })
}

/** Reads all that is known of a run that exists. */
export async function readDetail(session: Session, target: string, id: number): Promise<RunDetail> {
  const run = await readRun(session, id)
  const [summary] = run === undefined ? [] : await summarizeRuns(session, [run])
  if (summary === undefined) throw new Error(`Run ${id} is no longer in the state`)
  const record = await readTimeline(session, id)
  return {
    ...summary,
    ...(await readRunFacts(session, id)),
    target,
    state: await stateOf(session, summary),
    tables: await listRunTables(session, id),
    timeline: record?.timeline,
    warnings: (record?.warnings ?? []).map(({ message, hint }) => {
      return hint === undefined ? { message } : { message, hint }
    }),
  }
}

async function stateOf(session: Session, run: RunSummary): Promise<RunDetail['state']> {
  if (run.exitCode !== undefined) return 'ended'
  if (run.status === 'abandoned') return 'died'
  const [newest] = await listRuns(session, { profile: undefined, limit: 1 })
  const holder = await findHolder(session)
  if (newest?.id !== run.id || holder === undefined) return 'died'
  return holder.awaitsStandby ? 'committing' : 'under way'
}
