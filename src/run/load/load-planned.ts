import type { RunRules } from '../../config/config.ts'
import { FailedError } from '../../core/errors.ts'
import { sum } from '../../core/sum.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { LoadImpossible } from '../../transfer/load/load-impossible.ts'
import { explainUnresolved } from '../../transfer/merge/explain-unresolved.ts'
import { explainViolation } from '../../transfer/merge/explain-violation.ts'
import type { RowSource } from '../../transfer/source/row-source.ts'
import type { LandStaying } from '../../transfer/staying/land-staying.ts'
import { watermarksOf } from '../land-parts.ts'
import type { PlannedRun } from '../make-plan.ts'
import type { OpenRun } from '../with-run.ts'
import type { LoadedRun } from './finish-load.ts'
import { loadInto } from './load-into.ts'

/** The tables could not be loaded, and are as they were. A merge may still bring their rows, or explain better what is wrong with them. */
export class LoadFailed extends Error {}

/**
 * Loads every table of a plan, without committing.
 * @throws LoadFailed unless the run may only load
 */
export async function loadPlanned(
  rules: RunRules,
  run: OpenRun,
  source: RowSource,
  planned: PlannedRun,
  land: LandStaying | undefined,
): Promise<Omit<LoadedRun, 'lineage' | 'backup' | 'creation'>> {
  const { inspection, plan } = planned
  try {
    const loaded = await loadInto(rules.jobs, run, source, planned, land)
    const tables = loaded.shares.flatMap((share) => share.tables)
    const bytes = sum(tables.map(({ copied }) => copied.bytes))
    const watermarks = watermarksOf(source, inspection)
    return { plan, inspection, watermarks, bytes, loaded }
  } catch (error) {
    run.context.signal.throwIfAborted()
    const isOfTarget = error instanceof DatabaseError && !error.isConnectionLost
    if (!(error instanceof LoadImpossible || isOfTarget)) throw explainViolation(error, inspection)
    if (rules.strategy !== 'load') throw new LoadFailed(error.message, { cause: error })
    if (isOfTarget) {
      const tables = inspection.pairs.map((pair) => pair.target)
      throw await explainUnresolved(run.coordinator, explainViolation(error, inspection), tables)
    }
    throw new FailedError(`${run.target.name}: the tables cannot be loaded: ${error.message}`, {
      hint: 'Nothing has changed. Set `strategy` to auto, which then merges.',
    })
  }
}
