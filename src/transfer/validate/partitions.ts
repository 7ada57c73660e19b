import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Inspection, TablePair } from '../inspect/inspection.ts'
import { noteFinding } from './finding.ts'

/** The target's own partitions receive the rows. Whether a row fits into none is known when it is written, and then the run fails. */
export function validatePartitions({ pairs, targetName }: Inspection): Finding[] {
  return pairs.flatMap((pair) => validatePair(pair, targetName))
}

function validatePair(pair: TablePair, to: string): Finding[] {
  const { source, target } = pair
  const shown = displayName(target.name)
  const [from, into] = [source.partitioning, target.partitioning]
  if (into === undefined || from === undefined) return []
  if (from.key !== into.key)
    return [noteFinding(shown, `is partitioned by ${from.key} in the source and ${into.key} in the target`)]
  const missing = missingBounds(pair)
  const extra = into.bounds.filter((bounds) => !from.bounds.includes(bounds))
  if (missing.length === 0 && extra.length === 0) return []
  if (missing.length === 0 || extra.length > 0 || into.bounds.includes('DEFAULT'))
    return [
      noteFinding(shown, 'has other partitions in the target; a row that fits none of them fails the run'),
    ]
  return [
    noteFinding(
      shown,
      `lacks partitions in the target: ${missing.join('; ')}; a row that belongs there fails the run`,
      adviseMissingPartitions(pair, to),
    ),
  ]
}

/** The bounds of partitions that only the source has. */
export function missingBounds({ source, target }: TablePair): string[] {
  const here = new Set(target.partitioning?.bounds)
  return source.partitioning?.bounds.filter((bounds) => !here.has(bounds)) ?? []
}

/** What to do about partitions that the target lacks. */
export function adviseMissingPartitions({ target }: Pick<TablePair, 'target'>, to: string): string {
  return `Run the pending migrations on ${to}, or what creates its partitions, such as the maintenance of pg_partman; or add a DEFAULT partition: CREATE TABLE … PARTITION OF ${relation(target.name)} DEFAULT`
}
