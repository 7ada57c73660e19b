import type { Profile } from '../config/config.ts'
import type { Watch } from './watch.ts'

/** A run as the state table remembers it. */
export interface RunSummary {
  readonly id: number
  readonly profile: string
  readonly mode: 'full' | 'rollback'
  readonly status:
    | 'running'
    | 'succeeded'
    | 'failed'
    | 'refused'
    | 'interrupted'
    | 'abandoned'
    | 'rolled back'
  readonly startedAt: Date
  readonly finishedAt: Date | undefined
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly unchanged: number
  readonly bytes: number
  readonly error: string | undefined
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
  _profile: Profile,
  _options: { readonly limit: number },
  _watch: Watch,
): Promise<StatusReport> {
  throw new Error('not built')
}
