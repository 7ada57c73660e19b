import { withUserPath } from '../../postgres/user-path.ts'
import type { Warning } from '../run-result.ts'
import type { OpenRun } from '../with-run.ts'
import type { PlannedFollow } from './plan-follow.ts'

/** What rows may violate comes after them, each for itself. What fails is a warning: the next run tries it again. */
export async function applyAfter(
  { target, coordinator }: OpenRun,
  follow: PlannedFollow | undefined,
): Promise<Warning[]> {
  const after = follow?.steps.after ?? []
  if (after.length === 0) return []
  const warnings: Warning[] = []
  for (const { identity, sql } of after) {
    try {
      const session = coordinator.isOpen ? coordinator : await target.session()
      await withUserPath(session, 'reading', () => session.define(sql))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      warnings.push({
        message: `${identity} does not follow the schema of the source yet: ${reason}`,
        hint: 'The rows are copied. Correct rows that only the target has; the next run tries again.',
      })
    }
  }
  return warnings
}
