import type { Profile } from '../config/config.ts'
import { TableMap } from '../core/table-map.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { PlannedChanges, RunOptions, RunPlan } from '../run/run-plan.ts'
import type { VerifiedTable } from '../run/verify/verified-table.ts'
import { verify } from './verify.ts'

/** Adds to a plan what the run would change in each table, by comparing all rows of both sides. Changes nothing. */
export async function countChanges(
  plan: RunPlan,
  profile: Profile,
  options: RunOptions,
  context: JobContext,
): Promise<RunPlan> {
  const counting = { ...options, samplePercent: 100, limit: 0, isCounted: true }
  const { tables } = await verify(profile, counting, context)
  const compared = new TableMap(tables.map((table) => [table.table, table]))
  return {
    ...plan,
    tables: plan.tables.map((table) => {
      return { ...table, changes: changesOf(compared.get(table.table)) }
    }),
  }
}

function changesOf(compared: VerifiedTable | undefined): PlannedChanges {
  if (compared === undefined) return { notCounted: 'did not exist when rows were compared' }
  const { status, missing, extra, changed, reason = '' } = compared
  if (status === 'not compared') return { notCounted: reason }
  return { inserted: missing, updated: changed, deleted: extra }
}
