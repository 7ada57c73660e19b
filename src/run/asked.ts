import type { RunRules } from '../config/config.ts'
import { VERSION } from '../core/version.ts'
import type { Database } from '../postgres/database.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { NewRun } from '../state/runs.ts'
import type { Origin } from './origin.ts'
import type { RunOptions } from './run-plan.ts'
import { isPartial } from './selection-of.ts'

/** What a run is asked to do: which database to make equal to which origin, and how. */
export interface Asked {
  readonly target: Database
  readonly origin: Origin
  readonly rules: RunRules
  readonly options: RunOptions
  readonly context: JobContext
}

/** What the state says of such a run from its beginning. */
export function newRunOf(rules: RunRules, origin: Origin, options: RunOptions): NewRun {
  return {
    profile: rules.name,
    mode: 'full',
    version: VERSION,
    source: origin.identity,
    isPartial: isPartial(options),
  }
}
