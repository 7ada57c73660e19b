import { FailedError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { actsOnDelete, type ForeignKeyEnds } from './foreign-key-ends.ts'
import type { MergeTable } from './merge-table.ts'
import { targetSql } from './row-sql.ts'

/**
 * For the owner mode. A parent row that moves (`m`) is deleted and inserted by the same statement, and a foreign key with ON DELETE
 * CASCADE, SET NULL, SET DEFAULT or RESTRICT would then act on its children although the parent is back. So those children get out of the
 * way: they are deleted in the first statement, too, and inserted in a second one (`r`), and so is whatever refers to them.
 * Repeats until no row is added.
 */
export async function spreadReinserts(session: Session, ends: readonly ForeignKeyEnds[]): Promise<void> {
  for (let added = 1; added > 0; ) {
    added = 0
    for (const end of ends) {
      if (end.parent !== undefined && end.child !== undefined && end.key.isEnforced) {
        added += await spreadOver(session, end, end.parent, end.child)
      }
    }
  }
}

async function spreadOver(
  session: Session,
  end: ForeignKeyEnds,
  parent: MergeTable,
  child: MergeTable,
): Promise<number> {
  const ops = actsOnDelete(end) ? `'m', 'r'` : `'r'`
  const rows = referringRowsSql(end, parent, ops)
  const changes = relation(child.changes)
  const raised = await session.execute(`
    UPDATE ${changes} AS own SET op = 'r'
    FROM (${rows}) AS x
    WHERE own.toid = x.toid AND own.tid = x.tid AND own.op IN ('u', 'm')`)
  // A row that does not change has no entry yet; without new values it goes back in as it was.
  const added = await session.execute(`
    INSERT INTO ${changes} (toid, tid, lid, op)
    SELECT x.toid, x.tid, NULL, 'r' FROM (${rows}) AS x
    WHERE NOT EXISTS (SELECT FROM ${changes} AS own WHERE own.toid = x.toid AND own.tid = x.tid)`)
  return raised + added
}

/** The child's present rows that refer to parents with one of the ops. */
function referringRowsSql(end: ForeignKeyEnds, parent: MergeTable, ops: string): string {
  return `
    SELECT DISTINCT child.tableoid AS toid, child.ctid AS tid
    FROM ${relation(end.key.child)} AS child
    JOIN ${targetSql(parent)} AS parent ON ${matchSql(end)}
    JOIN ${relation(parent.changes)} AS c ON c.toid = parent.tableoid AND c.tid = parent.ctid
    WHERE c.op IN (${ops})`
}

function matchSql({ key }: ForeignKeyEnds): string {
  return key.parentColumns
    .map((column, index) => {
      const childColumn = identifier(key.childColumns[index] ?? '')
      return `parent.${identifier(column)} ${key.operators[index]} child.${childColumn}`
    })
    .join(' AND ')
}

/**
 * For the owner mode. Refuses to delete parents whose children, in a table outside the run, would be deleted or changed by
 * their foreign key.
 */
export async function refuseActionsOutside(session: Session, ends: readonly ForeignKeyEnds[]): Promise<void> {
  for (const end of ends) {
    if (end.parent === undefined || end.child !== undefined || !actsOnDelete(end)) continue
    const { found } = await session.queryOne<{ found: boolean }>(
      `SELECT EXISTS (${referringRowsSql(end, end.parent, `'d', 'm', 'r'`)}) AS found`,
    )
    if (found) throw actsOutside(end)
  }
}

function actsOutside({ key }: ForeignKeyEnds): FailedError {
  return new FailedError(
    `${displayName(key.child)}: rows refer to rows of ${displayName(key.parent)} that the run removes, and foreign key "${key.name}" would ${key.onDelete} them`,
    { hint: `Include ${displayName(key.child)} in the profile, or remove those rows from the target.` },
  )
}
