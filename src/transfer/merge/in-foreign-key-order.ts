import type { Step } from './apply-sql.ts'
import type { ForeignKeyEnds } from './foreign-key-ends.ts'
import type { MergeTable } from './merge-table.ts'

/** Steps that must be one statement, because foreign keys lead from each of their tables back to itself. */
export interface StepGroup {
  readonly steps: readonly Step[]
  /** Whether a foreign key leads from one of them to another, or to itself. */
  readonly isCyclic: boolean
}

/**
 * Orders inserts so that parents come before their children, and each can be a separate statement. Tables that refer to each other in a
 * circle stay together. Uses Tarjan's algorithm, which finds such circles children last.
 */
export function inForeignKeyOrder(steps: readonly Step[], ends: readonly ForeignKeyEnds[]): StepGroup[] {
  const parents = parentsByChild(ends)
  const stepsOf = new Map<MergeTable, Step[]>()
  for (const step of steps) stepsOf.set(step.table, [...(stepsOf.get(step.table) ?? []), step])
  return stronglyConnected([...stepsOf.keys()], parents).map((tables) => ({
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

/** Without recursion: a chain of foreign keys may be deeper than the stack. */
function stronglyConnected(
  tables: readonly MergeTable[],
  parents: ReadonlyMap<MergeTable, ReadonlySet<MergeTable>>,
): MergeTable[][] {
  const known = new Set(tables)
  const order = new Map<MergeTable, number>()
  const lowest = new Map<MergeTable, number>()
  const open: MergeTable[] = []
  const isOpen = new Set<MergeTable>()
  const found: MergeTable[][] = []
  const enter = (table: MergeTable) => {
    order.set(table, order.size)
    lowest.set(table, order.size - 1)
    open.push(table)
    isOpen.add(table)
    const next = [...(parents.get(table) ?? [])].filter((parent) => known.has(parent))
    return { table, next }
  }
  const lower = (table: MergeTable, to: number) => lowest.set(table, Math.min(lowest.get(table) ?? to, to))
  for (const root of tables) {
    if (order.has(root)) continue
    const path = [enter(root)]
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const parent = last.next.pop()
      if (parent !== undefined) {
        if (!order.has(parent)) path.push(enter(parent))
        else if (isOpen.has(parent)) lower(last.table, order.get(parent) ?? 0)
        continue
      }
      path.pop()
      const { table } = last
      const child = path.at(-1)
      if (child !== undefined) lower(child.table, lowest.get(table) ?? 0)
      if (lowest.get(table) === order.get(table)) {
        const circle = open.splice(open.indexOf(table))
        for (const each of circle) isOpen.delete(each)
        found.push(circle)
      }
    }
  }
  return found
}
