import { displayName, nameKey } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { readSchemaSignature } from '../../postgres/catalog/read-schema-signature.ts'
import { batchesOf, TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { atWork } from '../../progress/progress.ts'
import { keptColumns } from '../inspect/columns.ts'
import { checkConstraints } from '../merge/check-constraints.ts'
import { namesOf } from '../merge/compare-tables.ts'
import { parentsOf } from '../merge/orphans.ts'
import { OwnerRights } from '../merge/owner-rights.ts'
import { readOwners } from '../merge/read-owners.ts'
import { tableSql } from '../merge/row-sql.ts'
import { suspendTriggers } from '../merge/suspend-triggers.ts'
import { expectParents } from '../staying/expect-kept-parents.ts'
import { readWriteCounters } from '../target-writes/write-counters.ts'
import { readKeyCopies, restoreKeyCopies } from './key-copies.ts'
import { LoadImpossible } from './load-impossible.ts'
import type { LoadedTable, Loading, LoadShare, LoadTable } from './load-plan.ts'
import { loadTables } from './load-tables.ts'
import { differingPart, readShape } from './read-shape.ts'
import { addForeignKeySql, dropForeignKeySql } from './rebuild-sql.ts'

/**
 * Locks the tables of a share in the current transaction, and proves that they are empty and still what was validated.
 * @throws LoadImpossible if they are not
 */
export async function lockShare(session: Session, share: LoadShare): Promise<void> {
  const { tables, mode, checkedKeys, removedKeys } = share
  const inShare = new Set(oidsOf(share))
  const isExclusive = (table: LoadTable) => table.isLarge || removedKeys.length > 0
  const byName = [...tables].sort((a, b) =>
    nameKey(a.pair.target.name) < nameKey(b.pair.target.name) ? -1 : 1,
  )
  const names = (own: readonly LoadTable[]) => own.map(({ pair }) => tableSql(pair.target)).join(', ')
  const exclusive = byName.filter(isExclusive)
  const others = byName.filter((table) => !isExclusive(table))
  if (exclusive.length > 0) await session.execute(`LOCK TABLE ${names(exclusive)} IN ACCESS EXCLUSIVE MODE`)
  // No index is dropped from these, so readers can continue and see empty tables. Statements that check for rows which refer to a deleted
  // one wait (ROW SHARE).
  if (others.length > 0) await session.execute(`LOCK TABLE ${names(others)} IN EXCLUSIVE MODE`)
  const outside = checkedKeys.filter(({ parentOid }) => !inShare.has(parentOid)).map(parentsOf)
  if (outside.length > 0)
    await session.execute(`LOCK TABLE ${[...new Set(outside)].sort().join(', ')} IN SHARE MODE`)
  if ((await readSchemaSignature(session, oidsOf(share))) !== share.signature)
    throw new LoadImpossible('the schema of the target was changed meanwhile')
  const owned = tables.map(({ pair }) => ({ target: pair.target, kept: keptColumns(pair) }))
  if (mode === 'replica role' && (await readOwners(session, owned)).size > 0)
    throw new LoadImpossible('tables have code that must run with the rights of their owners')
  await expectEmpty(session, tables)
}

async function expectEmpty(session: Session, tables: readonly LoadTable[]): Promise<void> {
  const perhaps = await readPerhapsFilled(session, oidsOf({ tables }))
  const asked = tables.filter(({ oids }) => oids.some((oid) => perhaps.has(oid)))
  for (const batch of batchesOf(asked, TABLES_AT_ONCE)) {
    const looks = batch.map(
      ({ pair }, at) => `SELECT ${at} AS at WHERE EXISTS (SELECT FROM ${tableSql(pair.target)})`,
    )
    const ask = () => session.query<{ at: number }>(looks.join('\nUNION ALL\n'))
    // Planning takes locks on all indexes; the savepoint releases them.
    await session.execute('SAVEPOINT mbsync_look')
    const [filled] = await withUserPath(session, 'reading', ask)
    await session.execute('ROLLBACK TO SAVEPOINT mbsync_look; RELEASE SAVEPOINT mbsync_look')
    const table = filled === undefined ? undefined : batch[filled.at]
    if (table !== undefined) throw LoadImpossible.asHasRows([table.pair.target.name])
  }
}

/** Locked tables without pages have no rows, and need not be queried. Only the server's own storage is known to keep rows in pages. */
async function readPerhapsFilled(session: Session, oids: readonly number[]): Promise<ReadonlySet<number>> {
  const rows = await session.query<{ oid: number }>(
    `SELECT c.oid AS oid FROM pg_class c LEFT JOIN pg_am m ON m.oid = c.relam
     WHERE c.oid = ANY ($1::oid[]) AND (m.amname IS DISTINCT FROM 'heap' OR pg_relation_size(c.oid) > 0)`,
    [oids],
  )
  return new Set(rows.map(({ oid }) => oid))
}

/**
 * Loads the locked tables of a share, one after the other, in the current transaction. It drops what slows down copying, and restores it.
 * If any of that fails, ROLLBACK leaves everything as it was. The caller commits.
 */
export async function loadShare(share: LoadShare, loading: Loading): Promise<LoadedTable[]> {
  const { session } = loading
  const shape = await readShape(session, alteredOids(share))
  const copies = await readKeyCopies(session, share.removedKeys)
  // Tables with pending deferred checks cannot be altered.
  await session.execute('SET CONSTRAINTS ALL IMMEDIATE')
  const restoreTriggers = await suspendTriggers(session, share.triggers)
  for (const batch of batchesOf(share.removedKeys, TABLES_AT_ONCE))
    await session.define(batch.map(dropForeignKeySql).join(';\n'))
  const reader = await loading.openReader()
  const loaded = await loadTables(share, { ...loading, reader })
  await reader.end()
  await expectParentsOfStaying(share, session)
  await withUserPath(session, 'writing', async () => {
    for (const keys of inMessages(share)) {
      const name = keys
        .slice(0, 1)
        .map(({ child }) => displayName(child))
        .join('')
      const added = keys.map(addForeignKeySql)
      await atWork(loading.report, { stage: 'check', name, amount: keys.length }, () =>
        session.defineFrom(added.join(';\n')),
      )
    }
    await restoreTriggers()
  })
  await restoreKeyCopies(session, share.removedKeys, copies)
  const differing = differingPart(shape, await readShape(session, alteredOids(share)))
  if (differing !== undefined) throw new LoadImpossible(`${differing} could not be restored as it was`)
  await checkRows(share, loading)
  const counters = await readWriteCounters(
    session,
    loaded.map(({ pair }) => pair.target),
  )
  return loaded.map((table, index) => ({ ...table, writeCounters: counters[index] }))
}

/** This explains the problem better than the foreign key's own error. */
async function expectParentsOfStaying(
  { tables, removedKeys, checkedKeys }: LoadShare,
  session: Session,
): Promise<void> {
  const staying = new Set(tables.flatMap((table) => (table.staying === undefined ? [] : table.oids)))
  const keys = [...removedKeys, ...checkedKeys].filter(({ childOid }) => staying.has(childOid))
  if (keys.length > 0) await withUserPath(session, 'reading', () => expectParents(session, keys))
}

/** How many constraints a share checks after its rows are copied. */
export function countChecks({ mode, removedKeys, checkedKeys, deferrable }: LoadShare): number {
  return mode === 'owner' ? removedKeys.length : checkedKeys.length + deferrable.length
}

/** Checks what the replica role does not. Indexes that were built again have checked what they enforce. */
async function checkRows(share: LoadShare, { session, report }: Loading): Promise<void> {
  const { mode, tables, checkedKeys, deferrable, inside } = share
  const amount = countChecks(share)
  if (mode !== 'replica role' || amount === 0) return
  const rights = new OwnerRights(session, new Map())
  const name = namesOf(tables.map(({ pair }) => pair))
  await atWork(report, { stage: 'check', name, amount }, () =>
    withUserPath(session, 'reading', () =>
      checkConstraints({ coordinator: session, tables: [], rights, inside }, checkedKeys, deferrable, []),
    ),
  )
}

/** Foreign keys of large tables are added one by one, because each takes time, and those of small tables together. */
function inMessages({ tables, removedKeys }: LoadShare): ForeignKey[][] {
  const large = new Set(tables.filter(({ isLarge }) => isLarge).flatMap(({ oids }) => oids))
  const alone = removedKeys.filter(({ childOid }) => large.has(childOid))
  const together = removedKeys.filter(({ childOid }) => !large.has(childOid))
  return [...alone.map((key) => [key]), ...batchesOf(together, TABLES_AT_ONCE)]
}

function oidsOf({ tables }: Pick<LoadShare, 'tables'>): number[] {
  return tables.flatMap(({ oids }) => oids)
}

/**
 * The relations of the tables that are altered. If there are many small ones, describing all of them would take longer than loading them.
 */
function alteredOids({ tables, removedKeys, triggers }: LoadShare): number[] {
  const altered = new Set([
    ...removedKeys.flatMap(({ childOid, parentOid }) => [childOid, parentOid]),
    ...triggers.map(({ relationOid }) => relationOid),
  ])
  return tables
    .filter(({ isLarge, oids }) => isLarge || oids.some((oid) => altered.has(oid)))
    .flatMap(({ oids }) => oids)
}
