import { TableSet } from '../../core/table-map.ts'
import type { Wanted } from '../../schema/choose-objects.ts'
import type { PlannedFollow } from './plan-follow.ts'

/** What rows need to land: the merge cannot wait for it. */
const FIRST = new Set(['schema', 'extension', 'collation', 'type', 'domain'])

/**
 * What is created before rows land of what a run follows, and what is not yet: a partition of a table that changes has columns which that gets in the
 * merge.
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
