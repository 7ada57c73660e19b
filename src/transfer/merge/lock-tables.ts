import { displayName } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Merge } from './merge-plan.ts'
import { childrenOf, parentsOf } from './orphans.ts'
import { targetSql } from './row-sql.ts'

/**
 * The statements that lock the tables against writers, not readers. Tables outside the run at the other end of a foreign key
 * are locked too where the key's own triggers do not guard them: their rows must stay as they are checked.
 */
export function lockingSql({
  tables,
  foreignKeys,
  mode,
}: Pick<Merge, 'tables' | 'foreignKeys' | 'mode'>): string[] {
  const partitions = new Set(
    tables.flatMap((table) => table.target.partitions.map((partition) => partition.oid)),
  )
  const neighbours = foreignKeys
    .filter(
      (key) =>
        key.isEnforced &&
        (mode === 'replica role' || (key.onDelete !== 'no action' && !partitions.has(key.childOid))),
    )
    .flatMap((key) => outsideEnds(key, partitions))
  const locked = [...tables].sort((a, b) =>
    compareNames(displayName(a.target.name), displayName(b.target.name)),
  )
  const lock = (names: readonly string[], mode: string) =>
    names.length === 0 ? [] : [`LOCK TABLE ${names.join(', ')} IN ${mode} MODE`]
  return [
    ...lock(locked.map(targetSql), 'SHARE ROW EXCLUSIVE'),
    ...lock([...new Set(neighbours)].sort(), 'SHARE'),
  ]
}

function outsideEnds(key: ForeignKey, partitions: ReadonlySet<number>): string[] {
  if (partitions.has(key.childOid)) return partitions.has(key.parentOid) ? [] : [parentsOf(key)]
  // What ties two tables outside the run to each other is none of its business.
  return partitions.has(key.parentOid) ? [childrenOf(key)] : []
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : 1
}
