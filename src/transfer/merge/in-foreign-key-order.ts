import { components } from '../../core/components.ts'
import { groupBy } from '../../core/group-by.ts'
import type { Step } from './apply-sql.ts'
import type { ForeignKeyEnds } from './foreign-key-ends.ts'
import type { MergeTable } from './merge-table.ts'
import type { TableReads } from './table-reads.ts'

/** Steps that must be one statement, because foreign keys lead from each of their tables back to itself. */
export interface StepGroup {
  readonly steps: readonly Step[]
  /** Whether a foreign key leads from one of them to another, or to itself. */
  readonly isCyclic: boolean
}

/**
 * Orders steps that delete nothing so that parents come before their children, and what a table reads before it, and each can be a separate
 * statement. Tables that refer to each other in a circle stay together.
 */
export function inForeignKeyOrder(
  steps: readonly Step[],
  ends: readonly ForeignKeyEnds[],
  reads: TableReads = new Map(),
): StepGroup[] {
  const parents = parentsByChild(ends)
  const first = new Map([...reads].map(([table, read]) => [table, new Set(read)]))
  for (const [child, own] of parents) first.set(child, new Set([...own, ...(first.get(child) ?? [])]))
  const stepsOf = groupBy(steps, ({ table }) => table)
  return components([...stepsOf.keys()], first).map((tables) => ({
    steps: tables.flatMap((table) => stepsOf.get(table) ?? []),
    isCyclic: tables.some((table) => tables.some((other) => parents.get(table)?.has(other))),
  }))
}

function parentsByChild(ends: readonly ForeignKeyEnds[]): Map<MergeTable, Set<MergeTable>> {
  const parents = new Map<MergeTable, Set<MergeTable>>()
  for (const { key, child, parent } of ends) {
    if (!key.isEnforced || child === undefined || parent === undefined) continue
    parents.set(child, (parents.get(child) ?? new Set()).add(parent))
  }
  return parents
}
