import type { Profile } from '../config/config.ts'
import type { TableOutcome, Warning } from './sync.ts'
import type { Watch } from './watch.ts'

/** What a rollback restored. */
export interface RollbackResult {
  /** The run that did the rolling back. */
  readonly runId: number
  /** The run that was undone. */
  readonly undoneRunId: number
  readonly durationMs: number
  readonly tables: readonly TableOutcome[]
  readonly sequencesSet: number
  readonly warnings: readonly Warning[]
}

/**
 * Restores the target to its state before its last run.
 * @throws RefusedError if there is nothing to undo, or the target changed since and `force` is not set
 */
export async function rollback(
  _profile: Profile,
  _options: { readonly force: boolean },
  _watch: Watch,
): Promise<RollbackResult> {
  throw new Error('not built')
}
