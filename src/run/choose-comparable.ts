import { type ReadonlyTableMap, type ReadonlyTableSet, TableSet } from '../core/table-map.ts'
import { isHidden, MOST_HAVE_CHANGED, type TableRead, whyNoKey } from '../incremental/decide-reads.ts'
import type { Table } from '../postgres/catalog/table.ts'
import { copiedColumns, storedColumns } from '../transfer/inspect/columns.ts'
import type { TablePair } from '../transfer/inspect/inspection.ts'
import type { LiveChanges } from '../transfer/source/live-changes.ts'
import type { Part } from '../transfer/source/part.ts'
import type { RowSource } from '../transfer/source/row-source.ts'

/** What decides which tables can be compared with the target while they land. */
export interface ComparableRules {
  readonly reads: ReadonlyTableMap<TableRead>
  /** The tables whose rows travel in the binary form. */
  readonly binary: ReadonlyTableSet
  /** Tables of the target that run code of their owners, by object id. */
  readonly coded: ReadonlySet<number>
  /** Tables of which all rows must land, or whose rows may not be read before the merge. */
  readonly whole: readonly ReadonlyTableSet[]
  readonly jobs: number
}

/** Smaller tables land as soon. */
const LEAST_BYTES = 8 * 1024 * 1024
/** A session reads what another compares. */
const LEAST_JOBS = 2

/**
 * The parts of the tables that are read in full, but of which only those rows need to land that the target does not have at the same place. Both sides must have the
 * same columns, and the rows of one relation.
 */
export function chooseComparable(
  source: RowSource,
  pairs: readonly TablePair[],
  rules: ComparableRules,
): readonly Part[] {
  const { changes } = source
  if (changes === undefined || rules.jobs < LEAST_JOBS) return []
  const names = pairs.flatMap((pair) => (mayCompare(pair, changes, rules) ? [pair.source.name] : []))
  const parts = source.planParts(names, rules.jobs, new TableSet(names))
  return parts.filter(({ of, estimatedBytes }) => of === 1 && estimatedBytes >= LEAST_BYTES)
}

function mayCompare(
  pair: TablePair,
  changes: LiveChanges,
  { reads, binary, coded, whole }: ComparableRules,
): boolean {
  const { source, target, stays } = pair
  const { name } = source
  const read = reads.get(name)
  return (
    read?.kind === 'full' &&
    read.reason !== MOST_HAVE_CHANGED &&
    binary.has(name) &&
    stays === undefined &&
    whyNoKey(pair) === undefined &&
    changes.guard.whyOnlyCopied(name) === undefined &&
    source.where === undefined &&
    !coded.has(target.oid) &&
    !isHidden(pair) &&
    !whole.some((tables) => tables.has(name)) &&
    copiedColumns(pair).length === storedColumns(source).length &&
    isOneLargeTable(target)
  )
}

function isOneLargeTable({ partitions }: Table): boolean {
  const [only, ...others] = partitions
  return only?.kind === 'table' && only.bytes >= LEAST_BYTES && others.length === 0
}
