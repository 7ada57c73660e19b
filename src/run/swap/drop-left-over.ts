import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { type KnownSwap, leftOver } from '../../state/swaps.ts'
import { dropEach } from './drop-database.ts'
import { withMaintenance } from './with-maintenance.ts'

/**
 * Drops databases of runs that died, failed or were rolled back. Call it only under the run lock. A failure is a warning, and the next run
 * tries again.
 */
export async function dropLeftOver(
  target: Database,
  coordinator: Session,
  swaps: readonly KnownSwap[],
  { report }: Pick<JobContext, 'report'>,
): Promise<void> {
  const left = leftOver(swaps)
  if (left.length === 0) return
  const warn = (reason: string, hint = '') =>
    report({
      type: 'warning',
      message: `Databases that earlier runs have left behind could not be dropped: ${reason}`,
      hint: `${hint} They are no longer needed, and the next run tries again.`.trim(),
    })
  const builtBy = new Map(left.map(({ built, runId }) => [built, runId]))
  try {
    const problems = await withMaintenance(target, coordinator, (maintenance) =>
      dropEach(maintenance, [...builtBy.keys()], (built) =>
        report({
          type: 'info',
          message: `Dropped database "${built.name}", which run ${builtBy.get(built)} had left behind`,
        }),
      ),
    )
    if (problems.length > 0) warn(problems.map(({ reason }) => reason).join('; '), problems[0]?.hint)
  } catch (error) {
    warn(error instanceof Error ? error.message : String(error))
  }
}
