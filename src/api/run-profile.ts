import type { BackupMethod, Config, RunRules } from '../config/config.ts'
import { chooseProfile, type Sides } from '../config/one-off.ts'
import type { ExitStatus } from '../core/exit-codes.ts'
import { isUpToDate } from '../indexing/is-up-to-date.ts'
import type { SearchOptions } from '../indexing/search-task.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { RunResult } from '../run/run-result.ts'
import type { SelectionOptions } from '../run/selection-of.ts'
import type { ReadMode } from './options.ts'

/** What a front end asks of a run. */
export interface RunRequest extends SelectionOptions, Sides {
  readonly profile?: string | undefined
  readonly mode: ReadMode
  readonly strategy?: RunRules['strategy'] | undefined
  /** What the profile says unless given. */
  readonly backup?: BackupMethod | undefined
  readonly createsSchema: boolean
  readonly followsSchema: boolean
  readonly skipsUnsupported: boolean
  readonly skipsDrift: boolean
  readonly allowBlocking: boolean
  /** Whether undo sets, dumps and kept rows that hold values from before the masks are removed; with `kept`, also kept rows whose origin is unknown. */
  readonly purge: boolean | 'kept'
  /** Whether the search indexes of the profile are brought up to date. */
  readonly isSearched: boolean
  readonly allowMassDelete: boolean
  /** Whether the SQL files of the profile are left out. */
  readonly skipsAfter: boolean
}

/**
 * Runs a profile, or every table of two databases.
 * @throws MbsyncError
 */
export async function runProfile(
  config: Config,
  request: RunRequest,
  context: JobContext,
): Promise<RunResult> {
  const { sync } = await import('../jobs/sync.ts')
  const { profile, mode, strategy, backup, purge, isSearched, allowMassDelete, ...asked } = request
  const rules = withStrategy(chooseProfile(config, profile, request), strategy)
  const options = {
    ...asked,
    isFull: mode !== 'incremental',
    backup: (backup ?? rules.backup) === 'dump' ? config.backups : undefined,
    purge: purge === false ? undefined : { backups: config.backups, takesUnknown: purge === 'kept' },
    search: isSearched ? { indexes: rules.search, options: searchOptions(mode, allowMassDelete) } : undefined,
  }
  return sync(rules, options, context)
}

/** The exit status of a run that returned. */
export function runStatus({
  search,
  skipped,
  unfollowed = [],
}: Pick<RunResult, 'search' | 'skipped' | 'unfollowed'>): Extract<ExitStatus, 'done' | 'incomplete'> {
  return isUpToDate(search) && skipped.length + unfollowed.length === 0 ? 'done' : 'incomplete'
}

/** Rules, with another strategy if one is given. */
export function withStrategy<R extends Pick<RunRules, 'strategy'>>(
  rules: R,
  strategy: RunRules['strategy'] | undefined,
): R {
  return strategy === undefined ? rules : { ...rules, strategy }
}

/** A full sync rebuilds search indexes beside those that are searched; a repair does not. */
function searchOptions(mode: ReadMode, allowMassDelete: boolean): SearchOptions {
  return { rebuild: mode === 'full', reconcile: mode !== 'incremental', create: false, allowMassDelete }
}
