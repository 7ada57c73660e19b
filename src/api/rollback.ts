import type { Config } from '../config/config.ts'
import { checkOptions } from './check-options.ts'
import { rollbackResultToJson } from './json/run-result-to-json.ts'
import { loadConfig } from './load-config.ts'
import type { WriteOptions } from './options.ts'
import type { RollbackJson } from './results.ts'
import { targetRules } from './target-rules.ts'
import { watched } from './watched.ts'

/** What {@link rollback} can be asked. It must be confirmed: by `yes`, or by `confirm`. */
export interface RollbackOptions extends WriteOptions {
  /** What `loadConfig()` returned; it is called without options unless given. */
  readonly config?: Config | undefined
  /** The profile in `mbsync.yaml`; not needed when there is only one. */
  readonly profile?: string | undefined
  /** Instead of a profile: undoes the last run on this database, by its name in `mbsync.yaml` or by a URL. */
  readonly to?: string | undefined
  /** Overwrites what has changed in the target since the run. */
  readonly force?: boolean | undefined
  /** Lets the merge take locks that block readers where nothing else can do it. */
  readonly allowBlocking?: boolean | undefined
}

/** What `mbsync rollback --json` prints, and its exit status. */
export interface RollbackResult extends RollbackJson {
  readonly status: 'done'
}

/**
 * Undoes the last run of a profile, as `mbsync rollback` does.
 * @throws MbsyncError: UsageError, RefusedError, LockedError, FailedError, InterruptedError, UnknownOutcomeError
 */
export async function rollback(options: RollbackOptions = {}): Promise<RollbackResult> {
  checkOptions('rollback', options)
  const { config = loadConfig(), force = false, allowBlocking = false, to } = options
  const { rules, profile } = targetRules(config, options.profile, { to })
  const { rollback: undo } = await import('../jobs/rollback.ts')
  const result = await watched(options, (context) => undo(rules, { profile, force, allowBlocking }, context))
  return { ...rollbackResultToJson(result), status: 'done' }
}
