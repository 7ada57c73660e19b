import { countOf } from '../../core/count-of.ts'
import { RefusedError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { listSql } from '../merge/change-list.ts'
import { foreignKeyEnds } from '../merge/foreign-key-ends.ts'
import type { LockedMerge } from '../merge/merge-plan.ts'
import type { MergeTable } from '../merge/merge-table.ts'
import { childrenOf, orphanCondition, parentsOf, refersSql } from '../merge/orphans.ts'
import { isListed } from './list-staying.ts'

/**
 * Before a merge writes: no row that stays may refer to a row that the merge deletes.
 * @throws RefusedError naming the tables, the foreign key and the number of rows
 */
export async function expectKeptParents(
  merge: Pick<LockedMerge, 'coordinator' | 'tables' | 'rights' | 'foreignKeys'>,
): Promise<void> {
  if (merge.tables.every(({ stays }) => stays === undefined)) return
  for (const { key, child, parent } of foreignKeyEnds(merge.foreignKeys, merge.tables)) {
    if (child?.stays === undefined || parent === undefined || !key.isEnforced) continue
    if (parent.changes.kind === 'all' || !isByKey(key, parent)) continue
    const rows = await countBereft(merge, key, child, parent)
    if (rows > 0) throw bereft(key, rows)
  }
}

/**
 * The same for tables that have just been filled, including rows that stay.
 * @throws RefusedError
 */
export async function expectParents(session: Session, keys: readonly ForeignKey[]): Promise<void> {
  for (const key of keys) {
    const { n } = await session.queryOne<{ n: number }>(
      `SELECT count(*)::float8 AS n FROM ${childrenOf(key)} AS child WHERE ${orphanCondition(key, parentsOf(key))}`,
    )
    if (n > 0) throw bereft(key, n)
  }
}

/** Other columns may return with another row. The foreign key itself is checked after writing. */
function isByKey({ parentColumns, hasPeriod }: ForeignKey, { key }: MergeTable): boolean {
  const names = new Set(key?.columns.map(({ name }) => name))
  return !hasPeriod && parentColumns.length === names.size && parentColumns.every((name) => names.has(name))
}

async function countBereft(
  { coordinator, rights }: Pick<LockedMerge, 'coordinator' | 'rights'>,
  key: ForeignKey,
  child: MergeTable,
  parent: MergeTable,
): Promise<number> {
  // Neither owner may read both tables. The foreign key is checked after writing, too.
  if (child.stays === undefined || rights.roleOf(child) !== undefined || rights.roleOf(parent) !== undefined)
    return 0
  const deleted = `SELECT parent.* FROM ${parentsOf(key)} AS parent JOIN ${listSql(parent.changes)} AS c ON c.tid = parent.ctid AND c.toid = parent.tableoid WHERE c.op = 'd'`
  const sql = `SELECT count(*)::float8 AS n FROM ${childrenOf(key)} AS child JOIN ${relation(child.stays.list)} AS s ON ${isListed('child')}
WHERE EXISTS (SELECT FROM (${deleted}) AS parent WHERE ${refersSql(key)})`
  const { n } = await coordinator.queryOne<{ n: number }>(sql)
  return n
}

function bereft(key: ForeignKey, rows: number): RefusedError {
  const [child, parent] = [displayName(key.child), displayName(key.parent)]
  return new RefusedError(
    `${child}: ${countOf(rows, 'row')} that the run must keep would refer to rows of ${parent} that the source no longer has (foreign key "${key.name}")`,
    {
      hint: `Nothing has changed. Keep those rows of ${parent}, too (\`keep\` or \`deletes: keep\`), or delete the rows of ${child} in the target, or let them refer to others.`,
    },
  )
}
