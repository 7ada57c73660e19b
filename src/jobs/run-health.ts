import type { Session } from '../postgres/session.ts'
import { type ListedRun, readLastEnded } from '../state/list-runs.ts'
import { findHolder } from '../state/run-lock.ts'

/** Whether runs happen and end well. */
export interface Health {
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
export const NEVER_RAN: Health = {
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
