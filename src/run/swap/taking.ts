import type { RunRules } from '../../config/config.ts'
import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import type { BuiltBy, DatabaseName, Swap } from '../../state/swaps.ts'
import type { RunOptions } from '../run-plan.ts'

/** A complete database that will replace the target. */
export interface Taking {
  readonly target: Database
  readonly maintenance: Database
  /** The session in the target that holds the run lock. */
  readonly coordinator: Session
  readonly rules: RunRules
  readonly swap: Swap
  readonly built: DatabaseName
  readonly after: RunOptions['after']
  readonly afterColumns: BuiltBy['afterColumns']
  readonly context: Pick<JobContext, 'report'>
}
