import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import type { Inspection, TablePair } from '../inspection.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** Rows are routed by the target's own partitions: each needs one to go to. */
export function validatePartitions({ pairs }: Inspection): Finding[] {
  return pairs.flatMap(validatePair)
}

function validatePair({ source, target }: TablePair): Finding[] {
  const shown = displayName(target.name)
  const [from, to] = [source.partitioning, target.partitioning]
  if (to === undefined) return []
  if (from === undefined || from.key !== to.key) {
    return from === undefined
      ? []
      : [noteFinding(shown, `is partitioned by ${from.key} in the source and ${to.key} in the target`)]
  }
  const missing = from.bounds.filter((bounds) => !to.bounds.includes(bounds))
  const extra = to.bounds.filter((bounds) => !from.bounds.includes(bounds))
  if (missing.length === 0 && extra.length === 0) return []
  // Bounds of the target's own may cover the rows: only a pure gap is certain to miss some.
  const isGap = missing.length > 0 && extra.length === 0 && !to.bounds.includes('DEFAULT')
  return isGap
    ? [
        errorFinding(
          shown,
          `lacks partitions in the target: ${missing.join('; ')}`,
          'Create them in the target, or add a DEFAULT partition.',
        ),
      ]
    : [noteFinding(shown, 'has other partitions in the target; a row that fits none of them fails the run')]
}
