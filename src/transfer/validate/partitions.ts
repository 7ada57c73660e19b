import type { Finding } from '../../core/finding.ts'
import { withoutNewQuotes } from '../../core/new-names.ts'
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
  if (withoutNewQuotes(from.key) !== withoutNewQuotes(into.key))
    return [noteFinding(shown, `is partitioned by ${from.key} in the source and ${into.key} in the target`)]
  const missing = missingBounds(pair)
  const below = missing.length === 0 ? missingBelow(pair) : []
  const extra = into.bounds.filter((bounds) => !from.bounds.includes(bounds))
  if (missing.length + below.length + extra.length === 0) return []
  const bounds = missing.length === 0 ? target.partitions.map((partition) => partition.bounds) : into.bounds
  if (missing.length + below.length === 0 || extra.length > 0 || bounds.includes('DEFAULT'))
    return [
      noteFinding(shown, 'has other partitions in the target; a row that fits none of them fails the run'),
    ]
  return missing.length === 0
    ? [lacking(shown, below, adviseMissingPartitions('…', to))]
    : [lacking(shown, missing, adviseMissingPartitions(relation(target.name), to))]
}

function lacking(subject: string, bounds: readonly string[], hint: string): Finding {
  return noteFinding(
    subject,
    `lacks partitions in the target: ${bounds.join('; ')}; a row that belongs there fails the run`,
    hint,
  )
}

/** The bounds of partitions of partitions that only the source has, as far as it knows them. */
function missingBelow({ source, target }: TablePair): string[] {
  const here = new Set(target.partitions.map(({ bounds }) => bounds))
  const there = new Set((source.partitions ?? []).flatMap(({ bounds = [] }) => bounds))
  return [...there].filter((bounds) => !here.has(bounds))
}

/** The bounds of partitions that only the source has. */
export function missingBounds({ source, target }: TablePair): string[] {
  const here = new Set(target.partitioning?.bounds)
  return source.partitioning?.bounds.filter((bounds) => !here.has(bounds)) ?? []
}

/** What to do about partitions that the target lacks; `parent` is that of them as SQL. */
export function adviseMissingPartitions(parent: string, to: string): string {
  return `Run the pending migrations on ${to}, or what creates its partitions, such as the maintenance of pg_partman; or add a DEFAULT partition: CREATE TABLE … PARTITION OF ${parent} DEFAULT`
}
