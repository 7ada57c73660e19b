import { EXIT_CODES, type ExitStatus } from '../core/exit-codes.ts'
import type { RunDetail } from '../jobs/show-run.ts'

/** The exit status of a run that is over. One that died after its COMMIT has changed the target, and left the rest undone. */
export function exitStatusOf({ exitCode, status }: Pick<RunDetail, 'exitCode' | 'status'>): ExitStatus {
  for (const [name, { code }] of Object.entries(EXIT_CODES)) {
    if (code === exitCode) return name as ExitStatus
  }
  return status === 'succeeded' ? 'incomplete' : 'failed'
}
