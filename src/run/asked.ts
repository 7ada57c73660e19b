import type { RunRules } from '../config/config.ts'
import type { Database } from '../postgres/database.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { Origin } from './origin.ts'
import type { RunOptions } from './run-plan.ts'

/** What a run is asked to do: which database to make equal to which origin, and how. */
export interface Asked {
  readonly target: Database
  readonly origin: Origin
  readonly rules: RunRules
  readonly options: RunOptions
  readonly context: JobContext
}
