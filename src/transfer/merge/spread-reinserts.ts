import { displayName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { addToListSql, isOfList, listSql, listTable } from './change-list.ts'
import { ViolationError } from './check-constraints.ts'
import { actsOnDelete, type ForeignKeyEnds, needsLateChildren } from './foreign-key-ends.ts'
import type { MergeTable } from './merge-table.ts'
import { childrenOf, parentsOf, refersSql } from './orphans.ts'

interface InnerEnds extends ForeignKeyEnds {
  readonly parent: MergeTable
  readonly child: MergeTable
}

/**
 * For the owner mode. When the first statement has ended, a foreign key with ON DELETE CASCADE, SET NULL, SET DEFAULT or RESTRICT acts on
 * every child that then refers to the old value of a deleted parent, even if a parent with that value was inserted again. So children that
 * will refer to such a value are inserted in a second statement: existing ones are deleted in the first (`r`), and new ones wait (`l`).
 * Rows that refer to late rows must be late as well, so this repeats until no row is added.
 * @param stirred the tables from which the merge deletes rows
 */
export async function spreadReinserts(
  session: Session,
  ends: readonly ForeignKeyEnds[],
  stirred: ReadonlySet<MergeTable>,
): Promise<void> {
  const touched = new Set(stirred)
  const inner = ends.filter((end): end is InnerEnds => end.parent !== undefined && end.child !== undefined)
  for (let added = 1; added > 0; ) {
    added = 0
    for (const end of inner) {
      if (!end.key.isEnforced || !touched.has(end.parent)) continue
      const late = await comeLate(session, end)
      if (late > 0) touched.add(end.child)
      added += late
    }
  }
}

async function comeLate(session: Session, end: InnerEnds): Promise<number> {
  const { changes } = end.child
  const changed = await session.execute(`
    UPDATE ${relation(listTable(changes))} AS own SET op = CASE WHEN own.tid IS NULL THEN 'l' ELSE 'r' END
    FROM ${relation(end.child.rows.table)} AS child
    WHERE ${isOfList(changes, 'own')} AND own.lid = child.ctid AND own.op IN ('i', 'u', 'm') AND ${refersToMovingSql(end, lacks(end.child, end.key.childColumns))}`)
  // An unchanged row has no entry yet. Without new values, it is put back as it was.
  const unchanged = await session.execute(
    addToListSql(
      changes,
      `
    SELECT child.tableoid, child.ctid, NULL::tid, 'r'::"char" FROM ${childrenOf(end.key)} AS child
    WHERE ${refersToMovingSql(end, false)}
      AND NOT EXISTS (SELECT FROM ${listSql(changes)} AS own WHERE own.toid = child.tableoid AND own.tid = child.ctid)`,
    ),
  )
  return changed + unchanged
}

/** Whether new rows of a table lack some of these columns: generated ones, and those that only the target has. */
function lacks({ columns }: MergeTable, names: readonly string[]): boolean {
  return names.some((name) => !columns.some((column) => column.name === name))
}

/**
 * Whether `child` refers to a value that a parent loses in the first statement, or gets only in the second. If a value is not known yet, it
 * may be any. Coming late costs only time.
 */
function refersToMovingSql(end: InnerEnds, isChildUnknown: boolean): string {
  const { parent, key } = end
  const isSame = isChildUnknown ? 'true' : refersSql(key)
  const isSameWanted = lacks(parent, key.parentColumns) ? 'true' : isSame
  const changes = listSql(parent.changes)
  const present = `${parentsOf(key)} AS parent JOIN ${changes} AS c ON c.toid = parent.tableoid AND c.tid = parent.ctid`
  const wanted = `${relation(parent.rows.table)} AS parent JOIN ${changes} AS c ON c.lid = parent.ctid`
  const values = [
    needsLateChildren(end)
      ? `${present} WHERE c.op IN ('d', 'm', 'r') AND ${isSame}`
      : `${present} WHERE c.op = 'r' AND c.lid IS NULL AND ${isSame}`,
    `${wanted} WHERE c.op IN ('r', 'l') AND ${isSameWanted}`,
  ]
  return `(${values.map((rows) => `EXISTS (SELECT FROM ${rows})`).join(' OR ')})`
}

/** For the owner mode. Refuses to delete parents if their foreign key would delete or change children in a table outside the run. */
export async function refuseActionsOutside(session: Session, ends: readonly ForeignKeyEnds[]): Promise<void> {
  for (const end of ends) {
    if (end.parent === undefined || end.child !== undefined || !actsOnDelete(end)) continue
    if (end.parent.changes.kind === 'all') continue
    const { found } = await session.queryOne<{ found: boolean }>(`
      SELECT EXISTS (
        SELECT FROM ${childrenOf(end.key)} AS child
        JOIN ${parentsOf(end.key)} AS parent ON ${refersSql(end.key)}
        JOIN ${listSql(end.parent.changes)} AS c ON c.toid = parent.tableoid AND c.tid = parent.ctid
        WHERE c.op IN ('d', 'm', 'r')
      ) AS found`)
    if (found) throw actsOutside(end)
  }
}

/** The error of a foreign key that would act on rows outside the run. */
export function actsOutside({ key }: Pick<ForeignKeyEnds, 'key'>): ViolationError {
  return new ViolationError(
    `${displayName(key.child)}: rows refer to rows of ${displayName(key.parent)} that the run removes, and foreign key "${key.name}" (ON DELETE ${key.onDelete.toUpperCase()}) would act on them`,
    {
      tables: [key.child, key.parent],
      hint: `Include ${displayName(key.child)} in the profile, or remove those rows from the target.`,
      foreignKey: key,
    },
  )
}
