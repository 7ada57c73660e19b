import { countOf } from '../../core/count-of.ts'
import type { OpenRun } from '../with-run.ts'
import type { PlannedFollow } from './plan-follow.ts'

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
