import type { Partition } from '../../postgres/catalog/table.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'
import type { PlanGuard } from '../source/plan-guard.ts'

/** The largest number of rows in a sample. */
export const SAMPLED_ROWS = 1000

/** The partition from which a sample is taken: the largest one that may be queried; undefined if there is none, or it has no rows. */
export function partitionToSample(guard: PlanGuard, table: LiveTable): Partition | undefined {
  if (guard.whyOnlyCopied(table.name) !== undefined) return undefined
  const [largest] = table.partitions
    .filter(
      ({ kind, canSelect, canUseSchema, isRowSecurityActive, pages }) =>
        kind === 'table' && canSelect && canUseSchema && !isRowSecurityActive && pages > 0,
    )
    .sort((a, b) => b.bytes - a.bytes)
  return largest
}
