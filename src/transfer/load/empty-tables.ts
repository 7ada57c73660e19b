import { RefusedError } from '../../core/errors.ts'
import { type ForeignKey, readForeignKeys } from '../../postgres/catalog/read-foreign-keys.ts'
import { readTriggers } from '../../postgres/catalog/read-triggers.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import { literal } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { MergeMode } from '../inspect/inspection.ts'
import { partitionOids } from '../inspect/read-catalog.ts'
import { checkConstraints } from '../merge/check-constraints.ts'
import { actsOnDelete } from '../merge/foreign-key-ends.ts'
import { childrenOf, parentsOf, refersSql } from '../merge/orphans.ts'
import { OwnerRights } from '../merge/owner-rights.ts'
import { readOwners } from '../merge/read-owners.ts'
import { tableSql } from '../merge/row-sql.ts'
import { actsOutside } from '../merge/spread-reinserts.ts'
import { firingTriggers, suspendTriggers } from '../merge/suspend-triggers.ts'

/**
 * Deletes the rows that the given transactions have written, in the current transaction, which has locked the tables in ACCESS EXCLUSIVE
 * mode. If `isAll`, there are no other rows, so TRUNCATE is used, unless a foreign key from elsewhere forbids it.
 * @throws FailedError if rows that stay refer to them
 */
export async function emptyTables(
  session: Session,
  mode: MergeMode,
  tables: readonly Table[],
  { xids, isAll }: { readonly xids: readonly string[]; readonly isAll: boolean },
): Promise<void> {
  if (tables.length === 0) return
  const oids = new Set(partitionOids(tables))
  const foreignKeys = await readForeignKeys(session, [...oids])
  const isTruncated = isAll && !(await isReferredTo(session, [...oids]))
  if (!isTruncated) await expectDeletable(session, mode, tables, foreignKeys)
  const triggers = await readTriggers(session, [...oids])
  const restoreTriggers = await suspendTriggers(session, firingTriggers(triggers, mode))
  if (mode === 'replica role') await session.execute('SET LOCAL session_replication_role = replica')
  await withUserPath(session, 'writing', () =>
    session.execute(isTruncated ? `TRUNCATE ${tables.map(tableSql).join(', ')}` : deleteSql(tables, xids)),
  )
  if (mode === 'replica role') await session.execute('SET LOCAL session_replication_role = origin')
  await withUserPath(session, 'writing', restoreTriggers)
  if (isTruncated || mode === 'owner') return
  const rights = new OwnerRights(session, new Map())
  const checked = foreignKeys.filter(({ isEnforced, isValid }) => isEnforced && isValid)
  await withUserPath(session, 'reading', () =>
    checkConstraints({ coordinator: session, tables: [], rights, inside: oids }, checked, [], []),
  )
}

/**
 * Whether TRUNCATE would fail by a foreign key: one from elsewhere, which may be a copy that a partition has, or one that is NOT ENFORCED, whose table the
 * server does not look for among those that are truncated.
 */
async function isReferredTo(session: Session, oids: readonly number[]): Promise<boolean> {
  const isIgnored = session.serverVersion >= 180000 ? ' OR NOT conenforced' : ''
  const { found } = await session.queryOne<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = ANY ($1::oid[])
       AND (conrelid <> ALL ($1::oid[])${isIgnored})) AS found`,
    [oids],
  )
  return found
}

/** Keeps DELETE from acting on rows outside, and from running code that must not have the rights of this role. */
async function expectDeletable(
  session: Session,
  mode: MergeMode,
  tables: readonly Table[],
  foreignKeys: readonly ForeignKey[],
): Promise<void> {
  if (mode === 'replica role') {
    const owned = tables.map((target) => ({ target, kept: [] }))
    if ((await readOwners(session, owned)).size === 0) return
    throw new RefusedError(
      `${session.database}: tables have code that must run with the rights of their owners, so their rows cannot be deleted`,
      { hint: 'Nothing has changed. Roll back as the owner of the tables, or empty them by hand.' },
    )
  }
  const oids = new Set(partitionOids(tables))
  const acting = foreignKeys.filter((key) => !oids.has(key.childOid) && actsOnDelete({ key }))
  for (const key of acting) {
    const { found } = await withUserPath(session, 'reading', () =>
      session.queryOne<{ found: boolean }>(
        `SELECT EXISTS (SELECT FROM ${childrenOf(key)} AS child JOIN ${parentsOf(key)} AS parent ON ${refersSql(key)}) AS found`,
      ),
    )
    if (found) throw actsOutside({ key })
  }
}

/** One statement for all tables, so that foreign keys act when the rows of all are deleted. `xmin` is the low half of a transaction id. */
function deleteSql(tables: readonly Table[], xids: readonly string[]): string {
  const own = xids.map((xid) => literal(String(BigInt(xid) % 2n ** 32n))).join(', ')
  const deletes = tables.map(
    (table, at) =>
      `d${at} AS (DELETE FROM ${tableSql(table)} AS t WHERE t.xmin::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[${own}]) RETURNING 1)`,
  )
  const counts = tables.map((_, at) => `(SELECT pg_catalog.count(*) FROM d${at})`)
  return `WITH ${deletes.join(',\n')} SELECT ${counts.join(', ')}`
}
