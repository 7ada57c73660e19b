import { TableSet } from '../../core/table-map.ts'
import type { Wanted } from '../../schema/choose-objects.ts'
import type { PlannedFollow } from './plan-follow.ts'

/** Objects that rows need to land, so they cannot wait for the merge. */
const FIRST = new Set(['schema', 'extension', 'collation', 'type', 'domain'])

/**
 * Splits what a run follows into objects that it creates before rows land, and objects that must wait: a partition of a table that changes
 * has columns that the table gets only in the merge.
 */
export function wantedFirst({ differences }: PlannedFollow): Pick<Wanted, 'others' | 'isDelayed'> {
  const missing = differences.filter(({ kind, ids }) => FIRST.has(kind) && ids.target === undefined)
  const changed = new TableSet(
    differences.flatMap(({ kind, ids, of }) =>
      kind === 'table' && ids.target !== undefined && of !== undefined ? of : [],
    ),
  )
  return {
    others: new Set(missing.map(({ identity }) => identity)),
    isDelayed: ({ table }) => table?.partitionOf !== undefined && changed.has(table.partitionOf.parent),
  }
}
