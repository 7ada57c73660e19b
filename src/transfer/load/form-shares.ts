import { components } from '../../core/components.ts'

/** Something to load, with its cost in any unit. */
export interface Costed {
  readonly oids: readonly number[]
  readonly cost: number
}

/**
 * Splits tables over up to `sessions` transactions of about the same cost, largest first in each. Tables that are tied together, such as by
 * a foreign key whose check must see the rows of both, are in one transaction, because a transaction does not see what others have not
 * committed. Pure.
 */
export function formShares<T extends Costed>(
  tables: readonly T[],
  ties: readonly (readonly [number, number])[],
  sessions: number,
): T[][] {
  const units = tieTogether(tables, ties)
    .map((unit) => ({ unit, cost: unit.reduce((total, { cost }) => total + cost, 0) }))
    .sort((a, b) => b.cost - a.cost)
  const shares = Array.from({ length: Math.min(sessions, units.length) }, () => ({
    tables: [] as T[],
    cost: 0,
  }))
  for (const { unit, cost } of units) {
    const least = shares.reduce((a, b) => (b.cost < a.cost ? b : a))
    least.tables.push(...unit)
    // Even an empty table costs a statement.
    least.cost += cost + unit.length
  }
  return shares.map(({ tables: own }) => own.sort((a, b) => b.cost - a.cost))
}

/** Large tables first, except that a table comes after those that its checks read. */
export function inLoadOrder<T extends Pick<Costed, 'oids'> & { readonly isLarge: boolean }>(
  tables: readonly T[],
  reads: readonly (readonly [number, number])[],
): T[] {
  const sorted = [...tables].sort((a, b) => Number(b.isLarge) - Number(a.isLarge))
  const tableOf = new Map(tables.flatMap((table) => table.oids.map((oid) => [oid, table] as const)))
  const readBy = new Map<T, Set<T>>()
  for (const [written, read] of reads) {
    const [table, other] = [tableOf.get(written), tableOf.get(read)]
    if (table !== undefined && other !== undefined)
      readBy.set(table, (readBy.get(table) ?? new Set()).add(other))
  }
  return components(sorted, readBy).flat()
}

function tieTogether<T extends Costed>(
  tables: readonly T[],
  ties: readonly (readonly [number, number])[],
): T[][] {
  const unitOf = new Map<number, T[]>()
  const units = new Set<T[]>()
  for (const table of tables) {
    const unit = [table]
    units.add(unit)
    for (const oid of table.oids) unitOf.set(oid, unit)
  }
  for (const [a, b] of ties) {
    const [first, second] = [unitOf.get(a), unitOf.get(b)]
    if (first === undefined || second === undefined || first === second) continue
    first.push(...second)
    units.delete(second)
    for (const { oids } of second) for (const oid of oids) unitOf.set(oid, first)
  }
  return [...units]
}
