import type { Config } from '../config/config.ts'
import { checkOptions } from './check-options.ts'
import { runResultToJson } from './json/run-result-to-json.ts'
import { loadConfig } from './load-config.ts'
import type { ReadMode, SelectionChoice, WriteOptions } from './options.ts'
import type { RunJson } from './results.ts'
import { runProfile, runStatus } from './run-profile.ts'
import { selectionOptions } from './selection.ts'
import { watched } from './watched.ts'

/** What {@link sync} can be asked. */
export interface SyncOptions extends SelectionChoice, WriteOptions {
  /** What `loadConfig()` returned; it is called without options unless given. */
  readonly config?: Config | undefined
  /** What is read: the rows that have changed (`incremental`), or every row; `full` also rebuilds search indexes. */
  readonly mode?: ReadMode | undefined
  readonly strategy?: 'auto' | 'merge' | 'load' | 'swap' | undefined
  readonly backup?: 'undo' | 'dump' | undefined
  /** Creates tables that the target does not have. */
  readonly createSchema?: boolean | undefined
  /** Changes tables of the target to what they are in the source, where nothing is lost. */
  readonly followSchema?: boolean | undefined
  /** Leaves out objects that cannot be created, instead of refusing the run. */
  readonly skipUnsupported?: boolean | undefined
  /** Lets the merge take locks that block readers where nothing else can do it. */
  readonly allowBlocking?: boolean | undefined
  /** Removes undo sets, dumps and kept rows that hold values from before the masks; with `kept`, also kept rows whose origin is unknown. */
  readonly purge?: boolean | 'kept' | undefined
  /** With `false`, leaves out the SQL files of the profile. */
  readonly after?: boolean | undefined
  /** With `false`, leaves the search indexes of the profile as they are. */
  readonly search?: boolean | undefined
  /** Lets an empty or much smaller query delete documents of search indexes. */
  readonly allowMassDelete?: boolean | undefined
}

/** What `mbsync sync --json` prints, and its exit status. */
export interface SyncResult extends RunJson {
  /** `incomplete` if tables were skipped, a change of their schema failed, or a search index is not up to date. */
  readonly status: 'done' | 'incomplete'
}

/**
 * Brings the target of a profile to the state of its source, as `mbsync sync` does.
 * @throws MbsyncError: UsageError, RefusedError, LockedError, FailedError, InterruptedError, UnknownOutcomeError
 */
export async function sync(options: SyncOptions = {}): Promise<SyncResult> {
  checkOptions('sync', options)
  const { config = loadConfig(), profile, from, to, jobs, mode = 'incremental', strategy, backup } = options
  const request = {
    ...{ profile, from, to, jobs, mode, strategy, backup },
    ...selectionOptions(options),
    createsSchema: options.createSchema === true,
    followsSchema: options.followSchema === true,
    skipsUnsupported: options.skipUnsupported === true,
    skipsDrift: options.skipDrift === true,
    allowBlocking: options.allowBlocking === true,
    purge: options.purge ?? false,
    isSearched: options.search !== false,
    skipsAfter: options.after === false,
    allowMassDelete: options.allowMassDelete === true,
  }
  const result = await watched(options, (context) => runProfile(config, request, context))
  return { ...runResultToJson(result), status: runStatus(result) }
}
