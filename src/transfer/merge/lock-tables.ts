import { displayName } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Merge } from './merge-plan.ts'
import { childrenOf, parentsOf } from './orphans.ts'
import { targetSql } from './row-sql.ts'

/**
 * Locks the tables against writers, not readers. Tables outside the run at the other end of a foreign key
 * are locked too where the key's own triggers do not guard them: their rows must stay as they are checked.
 */
export async function lockTables({ coordinator, tables, foreignKeys, mode }: Merge): Promise<void> {
  const members = new Set(tables.flatMap((table) => table.target.members.map((member) => member.oid)))
  const neighbours = foreignKeys
    .filter(
      (key) =>
        key.isEnforced &&
        (mode === 'replica role' || (key.onDelete !== 'no action' && !members.has(key.childOid))),
    )
    .flatMap((key) => outsideEnds(key, members))
  const locked = [...tables].sort((a, b) =>
    compareNames(displayName(a.target.name), displayName(b.target.name)),
  )
  if (locked.length > 0) {
    await coordinator.execute(`LOCK TABLE ${locked.map(targetSql).join(', ')} IN SHARE ROW EXCLUSIVE MODE`)
  }
  if (neighbours.length > 0) {
    await coordinator.execute(`LOCK TABLE ${[...new Set(neighbours)].sort().join(', ')} IN SHARE MODE`)
  }
}

function outsideEnds(key: ForeignKey, members: ReadonlySet<number>): string[] {
  if (members.has(key.childOid)) return members.has(key.parentOid) ? [] : [parentsOf(key)]
  // What ties two tables outside the run to each other is none of its business.
  return members.has(key.parentOid) ? [childrenOf(key)] : []
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : 1
}
