import { countOf } from '../../core/count-of.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { OpenRun } from '../with-run.ts'
import type { PlannedFollow } from './plan-follow.ts'
import { type Unfollowed, unfollowed } from './unfollowed.ts'

/** Adds enum labels, which cannot be added in the transaction that uses them. They stay, even if the run fails. */
export async function applyBefore(
  { coordinator, context }: OpenRun,
  follow: PlannedFollow | undefined,
): Promise<void> {
  const before = follow?.steps.before ?? []
  if (before.length === 0) return
  for (const { sql } of before) await coordinator.define(sql)
  const types = [...new Set(before.map(({ identity }) => identity))]
  context.report({
    type: 'info',
    message: `Added ${countOf(before.length, 'label')} to ${types.join(', ')}: they stay, even if the run fails`,
  })
}

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
