import { displayName } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Merge } from './merge-plan.ts'
import { childrenOf, parentsOf } from './orphans.ts'
import { targetSql } from './row-sql.ts'

/**
 * The statements that lock the tables against writers, but not against readers. Tables outside the run at the other end of a foreign key
 * are locked, too, if the key's own triggers do not protect them: their rows must not change after the check.
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
    displayName(a.target.name) < displayName(b.target.name) ? -1 : 1,
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
  // Keys between two tables outside the run do not matter.
  return partitions.has(key.parentOid) ? [childrenOf(key)] : []
}
