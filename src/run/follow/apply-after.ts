import { withUserPath } from '../../postgres/user-path.ts'
import type { OpenRun } from '../with-run.ts'
import type { PlannedFollow } from './plan-follow.ts'
import { type Unfollowed, unfollowed } from './unfollowed.ts'

/** Applies changes that rows may violate, after the rows, each by itself. A failure is a warning, and the next run tries again. */
export async function applyAfter(
  { target, coordinator }: OpenRun,
  follow: PlannedFollow | undefined,
): Promise<Unfollowed[]> {
  const left: Unfollowed[] = []
  for (const { identity, sql } of follow?.steps.after ?? []) {
    try {
      const session = coordinator.isOpen ? coordinator : await target.session()
      await withUserPath(session, 'reading', () => session.define(sql))
    } catch (error) {
      left.push(unfollowed(identity, error, HINT, { steps: [{ identity, sql }] }))
    }
  }
  return left
}

const HINT = 'The rows are copied. Correct rows that only the target has; the next run tries again.'
