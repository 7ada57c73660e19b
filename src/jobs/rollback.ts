import type { Profile } from '../config/config.ts'
import { RefusedError } from '../core/errors.ts'
import { VERSION } from '../core/version.ts'
import type { Session } from '../postgres/session.ts'
import { hasState } from '../state/migrate.ts'
import { findUndoableRun, type UndoableRun } from '../state/undo-sets.ts'
import { withTarget } from './databases.ts'
import { mergeUndo } from './merge-undo.ts'
import { refuseProtectedTarget } from './refuse-unsafe-target.ts'
import type { TableOutcome, Warning } from './run-result.ts'
import { settleRun } from './settle-run.ts'
import type { Watch } from './watch.ts'
import { withRun } from './with-run.ts'

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
 * Restores the target to its state before its last run: one more merge, from the undo set.
 * @throws RefusedError if there is nothing to undo, or the target changed since and `force` is not set
 */
export async function rollback(
  profile: Profile,
  options: { readonly force: boolean },
  watch: Watch,
): Promise<RollbackResult> {
  const startedAt = performance.now()
  return withTarget(profile, watch, async (target) => {
    const guard = await target.session()
    await refuseProtectedTarget(profile, guard)
    const { id: undoneRun } = await findRun(profile, guard)
    await guard.end()
    const open = async () => ({
      profile: profile.name,
      mode: 'rollback' as const,
      version: VERSION,
      undoneRun,
    })
    return withRun(target, watch, open, async (run) => {
      // Looked up again under the lock: another run may have ended meanwhile.
      const undone = await findRun(profile, run.coordinator)
      const merged = await mergeUndo(profile, watch, target, run, undone, options.force)
      const warnings = await settleRun(profile, watch, target, merged.changed)
      return {
        runId: run.id,
        undoneRunId: undone.id,
        durationMs: performance.now() - startedAt,
        tables: merged.outcomes,
        sequencesSet: merged.sequencesSet,
        warnings,
      }
    })
  })
}

async function findRun(profile: Profile, session: Session): Promise<UndoableRun> {
  const run = (await hasState(session)) ? await findUndoableRun(session) : undefined
  if (run === undefined) {
    throw new RefusedError(`There is no run on "${profile.to.name}" that can be rolled back`, {
      hint: `\`mbsync status ${profile.name}\` shows the runs; \`undo.keep\` in mbsync.yaml says how many can be undone.`,
    })
  }
  if (run.profile !== profile.name) {
    throw new RefusedError(`The last run on "${profile.to.name}" was of profile "${run.profile}"`, {
      hint: `Runs are undone in reverse order: \`mbsync rollback ${run.profile}\` first.`,
    })
  }
  return run
}
