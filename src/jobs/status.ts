import type { RunRules, SearchIndexConfig } from '../config/config.ts'
import { EXIT_CODES } from '../core/exit-codes.ts'
import { findStrays } from '../indexing/own-collections.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import { withTarget } from '../run/databases.ts'
import { describeIncomplete } from '../run/describe-incomplete.ts'
import { findDescribedSkipped } from '../run/describe-skipped.ts'
import { findUnfollowed } from '../run/follow/unfollowed.ts'
import { readPending } from '../state/created-objects.ts'
import { type ListedRun, listRuns, readLastEnded } from '../state/list-runs.ts'
import { hasState } from '../state/migrate.ts'
import { findHolder } from '../state/run-lock.ts'
import { type RunSearch, readRunSearches } from '../state/run-searches.ts'
import { readRunWarnings } from '../state/run-timelines.ts'
import { readRollbackIds } from '../state/undo-sets.ts'

/** A run as the state remembers it. */
export interface RunSummary extends ListedRun {
  /** What it did to search indexes. */
  readonly search: readonly RunSearch[]
  /** What of it is incomplete, if it ended with 4, or died before it could follow the schema of the source. */
  readonly incomplete: readonly string[]
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
  /** Search indexes that the state knows and the configuration does not have any more, or has as others. */
  readonly strays: readonly StrayIndex[]
  /** Only where it was asked for. */
  readonly health?: Health
}

/** A search index of the state, and its collections that the configuration does not lead to. */
export interface StrayIndex {
  readonly searchIndex: string
  readonly collections: readonly string[]
}

/** Which runs are listed. */
export interface StatusOptions {
  /** Only runs of this profile; undefined for all runs on the target. */
  readonly profile: string | undefined
  readonly limit: number
  /** All that are configured, by name. */
  readonly searchIndexes: ReadonlyMap<string, SearchIndexConfig>
  /** How long ago the last run may have ended at most; undefined if that is not asked. */
  readonly maxAgeMs?: number | undefined
}

/** Reads the last `limit` runs from the state in the target. Changes nothing. */
export async function status(
  rules: Pick<RunRules, 'to' | 'timeouts'>,
  options: StatusOptions,
  context: JobContext,
): Promise<StatusReport> {
  return withTarget(rules, context, async (target) => {
    const session = await target.session()
    const isKnown = await hasState(session)
    const report = {
      profile: options.profile,
      target: rules.to.name,
      ...(await askedHealth(isKnown ? session : undefined, options)),
    }
    if (!isKnown) return { ...report, isRunning: false, runs: [], strays: [] }
    const strays = await findStrays(session, options.searchIndexes)
    return {
      ...report,
      isRunning: (await findHolder(session)) !== undefined,
      runs: await summarizeRuns(session, await listRuns(session, options)),
      strays: Array.from(strays, ([searchIndex, known]) => {
        return { searchIndex, collections: known.map(({ name }) => name) }
      }),
    }
  })
}

/** Adds to runs what is remembered of them elsewhere. */
export async function summarizeRuns(session: Session, runs: readonly ListedRun[]): Promise<RunSummary[]> {
  const undoable = await readRollbackIds(session)
  const searches = await readRunSearches(
    session,
    runs.map(({ id }) => id),
  )
  const endedIncomplete = runs.filter(({ exitCode }) => exitCode === EXIT_CODES.incomplete.code)
  const warnings = await readRunWarnings(
    session,
    endedIncomplete.map(({ id }) => id),
  )
  const cutOff = await readCutOff(session, runs)
  return runs.map((run) => {
    const search = searches.get(run.id) ?? []
    const pending = cutOff.get(run.id) ?? []
    if (pending.length > 0) {
      const incomplete = describeIncomplete({ tables: [], moreTables: 0, pending, search: [] })
      return { ...run, canRollBack: undoable.has(run.id), search, incomplete }
    }
    const incomplete = endedIncomplete.includes(run)
      ? describeIncomplete({
          ...findDescribedSkipped(warnings.get(run.id) ?? []),
          unfollowed: findUnfollowed(warnings.get(run.id) ?? []),
          search,
        })
      : []
    return { ...run, canRollBack: undoable.has(run.id), search, incomplete }
  })
}

/** By the run whose process died after its COMMIT: what was to follow the schema of the source after that. */
async function readCutOff(
  session: Session,
  runs: readonly ListedRun[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const open = runs.filter(({ exitCode, status }) => exitCode === undefined && status === 'succeeded')
  if (open.length === 0) return new Map()
  const [newest] = await listRuns(session, { profile: undefined, limit: 1 })
  const isUnderWay = (await findHolder(session)) !== undefined
  const dead = open.filter(({ id }) => !(isUnderWay && id === newest?.id))
  return readPending(
    session,
    dead.map(({ id }) => id),
  )
}

async function askedHealth(
  session: Session | undefined,
  { profile, maxAgeMs }: StatusOptions,
): Promise<{ readonly health?: Health }> {
  if (maxAgeMs === undefined) return {}
  return { health: session === undefined ? NEVER_RAN : await readHealth(session, profile, maxAgeMs) }
}

/** Whether runs happen and end well. */
interface Health {
  readonly isHealthy: boolean
  /** Why it is not, or what it is judged by. */
  readonly reason: string
}

const HOUR_MS = 3_600_000

/**
 * Judges a target by its last run that is over, which must have ended with 0, within `maxAgeMs`, and not have been rolled
 * back. Runs for search alone, or for some tables alone, do not count.
 */
export async function readHealth(
  session: Session,
  profile: string | undefined,
  maxAgeMs: number,
): Promise<Health> {
  const isUnderWay = (await findHolder(session)) !== undefined
  return judge(await readLastEnded(session, { profile, isUnderWay }), maxAgeMs, Date.now())
}

/** The health of a target that no run has been to. */
const NEVER_RAN: Health = {
  isHealthy: false,
  reason: 'No run has ended yet; runs with --table, --exclude or --where do not count',
}

function judge(run: ListedRun | undefined, maxAgeMs: number, nowMs: number): Health {
  if (run === undefined) return NEVER_RAN
  const ageMs = nowMs - (run.finishedAt ?? run.startedAt).getTime()
  const reason = `The last finished run, ${run.id}, ${describeEnd(run)} (${(ageMs / HOUR_MS).toFixed(1)} hours ago)`
  const isInPlace = run.exitCode === 0 && run.status !== 'rolled back'
  return { isHealthy: isInPlace && ageMs <= maxAgeMs, reason }
}

function describeEnd({ status, exitCode }: ListedRun): string {
  if (exitCode === undefined) return 'died'
  if (status === 'failed') return 'failed'
  if (status !== 'succeeded') return `was ${status}`
  return exitCode === 0 ? 'succeeded' : `ended with exit status ${exitCode}`
}
