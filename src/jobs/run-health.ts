import type { Session } from '../postgres/session.ts'
import { type ListedRun, readLastEnded } from '../state/runs.ts'

/** Whether runs happen and end well. */
export interface Health {
  readonly isHealthy: boolean
  /** Why it is not, or what it is judged by. */
  readonly reason: string
}

const HOUR_MS = 3_600_000

/** Judges a target by its last run that has ended, which must have succeeded, and within `maxAgeMs`. Runs for search alone do not count. */
export async function readHealth(
  session: Session,
  profile: string | undefined,
  maxAgeMs: number,
): Promise<Health> {
  return judge(await readLastEnded(session, profile), maxAgeMs, Date.now())
}

/** The health of a target that no run has been to. */
export const NEVER_RAN: Health = { isHealthy: false, reason: 'No run has ended yet' }

function judge(run: ListedRun | undefined, maxAgeMs: number, nowMs: number): Health {
  if (run?.finishedAt === undefined) return NEVER_RAN
  const hours = ((nowMs - run.finishedAt.getTime()) / HOUR_MS).toFixed(1)
  const reason = `Run ${run.id}, the last that ended, ${run.status === 'succeeded' ? 'succeeded' : `is ${run.status}`}, ${hours} hours ago`
  return { isHealthy: run.status === 'succeeded' && nowMs - run.finishedAt.getTime() <= maxAgeMs, reason }
}
