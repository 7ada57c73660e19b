import type { RunRules } from '../config/config.ts'
import { expectRunLock } from '../state/run-lock.ts'
import type { LandedRun } from './land-parts.ts'
import type { MergeOutcome } from './merge-landed.ts'
import type { RunOptions } from './run-plan.ts'
import type { Warning } from './run-result.ts'
import type { OpenRun } from './with-run.ts'

/** The run has succeeded. If raw values cannot be removed, that is a warning. */
export async function purgeRawAfterwards(
  { coordinator }: OpenRun,
  { inspection, outcomes }: Pick<LandedRun, 'inspection'> & Pick<MergeOutcome, 'outcomes'>,
  rules: RunRules,
  { purge, backup }: RunOptions,
): Promise<Warning[]> {
  if (!inspection.pairs.some(({ source }) => source.masked !== undefined && source.masked.size > 0)) return []
  const { purgeRaw } = await import('./purge-raw.ts')
  try {
    await expectRunLock(coordinator)
    const backups = purge?.backups ?? backup
    return await purgeRaw(
      coordinator,
      { inspection, outcomes },
      { targetName: rules.to.name, purge, backups },
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [{ message: `mbsync could not look for values from before the masks: ${reason}` }]
  }
}
