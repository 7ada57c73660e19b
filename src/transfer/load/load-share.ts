import { nameKey } from '../../core/table-name.ts'
import type { DeferrableConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { readSchemaSignature } from '../../postgres/catalog/read-schema-signature.ts'
import type { Trigger } from '../../postgres/catalog/read-triggers.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import { relation } from '../../postgres/identifiers.ts'
import { batchesOf, TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { Report } from '../../progress/progress.ts'
import { copiedColumns, keptColumns } from '../inspect/columns.ts'
import type { MergeMode, TablePair } from '../inspect/inspection.ts'
import { addCopied, type Copied, copyPart, NOTHING_COPIED } from '../land/copy-parts.ts'
import { LandingWriter } from '../land/landing-writer.ts'
import { checkConstraints } from '../merge/check-constraints.ts'
import { parentsOf } from '../merge/orphans.ts'
import { OwnerRights } from '../merge/owner-rights.ts'
import { readOwners } from '../merge/read-owners.ts'
import { tableSql } from '../merge/row-sql.ts'
import { suspendTriggers } from '../merge/suspend-triggers.ts'
import type { Part } from '../source/part.ts'
import type { PartReader } from '../source/row-source.ts'
import { readWriteCounters } from '../target-writes/write-counters.ts'
import { LoadImpossible } from './load-impossible.ts'
import { type RemovableIndex, readRemovableIndexes } from './read-removable-indexes.ts'
import { readShape } from './read-shape.ts'
import { addForeignKeySql, createIndexSql, dropForeignKeySql, dropIndexSql } from './rebuild-sql.ts'

/** A table to load, with the parts that its rows come in. */
export interface LoadTable {
  readonly pair: TablePair
  readonly parts: readonly Part[]
  readonly oids: readonly number[]
  /** Estimated bytes, with those of its indexes. */
  readonly cost: number
  /** Whether its indexes are worth taking off. */
  readonly isLarge: boolean
}

/** What one transaction loads. */
export interface LoadShare {
  readonly tables: readonly LoadTable[]
  readonly mode: MergeMode
  /** What stays the same as long as nothing has changed in the definitions of the tables. */
  readonly signature: string
  /** Those that would fire. */
  readonly triggers: readonly Trigger[]
  /** Foreign keys between its tables, which are off while rows are copied. */
  readonly removedKeys: readonly ForeignKey[]
  /** Foreign keys of its tables that are checked when all rows are in, as nothing vouches for them and none fires. */
  readonly checkedKeys: readonly ForeignKey[]
  readonly deferrable: readonly DeferrableConstraint[]
}

/** A table that has been loaded and is not committed. */
export interface LoadedTable {
  readonly pair: TablePair
  readonly copied: Copied
  /** The time that its indexes took. */
  readonly buildMs: number
  readonly writeCounters: string | undefined
}

/** What a share is loaded with. */
export interface Loading {
  readonly session: Session
  /** Opens when all shares have their tables locked. */
  readonly openReader: () => Promise<PartReader<Part>>
  /** The encoding of the bytes that arrive. */
  readonly encoding: string
  readonly report: Report
  readonly signal: AbortSignal
}

/**
 * Locks the tables of a share in the transaction of its session, and proves that they are empty and still what was validated.
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
  // Nothing is taken off these, so their readers can go on: they see them empty.
  if (others.length > 0) await session.execute(`LOCK TABLE ${names(others)} IN SHARE ROW EXCLUSIVE MODE`)
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
  for (const batch of batchesOf(tables, TABLES_AT_ONCE)) {
    const asked = batch.map(
      ({ pair }, at) => `SELECT ${at} AS at WHERE EXISTS (SELECT FROM ${tableSql(pair.target)})`,
    )
    const ask = () => session.query<{ at: number }>(asked.join('\nUNION ALL\n'))
    const [filled] = await withUserPath(session, 'reading', ask)
    const table = filled === undefined ? undefined : batch[filled.at]
    if (table !== undefined) throw LoadImpossible.asHasRows([table.pair.target.name])
  }
}

/**
 * Loads the locked tables of a share, one after the other, in the transaction of its session: what slows the copying down is taken off and put back, and
 * if any of that fails, the ROLLBACK leaves everything as it was. What is then ready is for the caller to commit.
 */
export async function loadShare(share: LoadShare, loading: Loading): Promise<LoadedTable[]> {
  const { session } = loading
  const shape = await readShape(session, oidsOf(share))
  const comments = await readComments(session, share.removedKeys)
  // What is checked later than its statement would keep the tables from being altered.
  await session.execute('SET CONSTRAINTS ALL IMMEDIATE')
  const restoreTriggers = await suspendTriggers(session, share.triggers)
  for (const key of share.removedKeys) await session.define(dropForeignKeySql(key))
  const loaded: LoadedTable[] = []
  const reader = await loading.openReader()
  for (const table of share.tables) {
    loading.signal.throwIfAborted()
    loaded.push(await loadTable(table, share, { ...loading, reader }))
  }
  await reader.end()
  await withUserPath(session, 'writing', async () => {
    for (const [index, key] of share.removedKeys.entries())
      for (const sql of addForeignKeySql(key, comments[index] ?? null)) await session.defineFrom(sql)
    await restoreTriggers()
  })
  if ((await readShape(session, oidsOf(share))) !== shape)
    throw new LoadImpossible('an index or a constraint could not be brought back as it was')
  await checkRows(share, session)
  const counters = await readWriteCounters(
    session,
    loaded.map(({ pair }) => pair.target),
  )
  return loaded.map((table, index) => ({ ...table, writeCounters: counters[index] }))
}

async function loadTable(
  { pair, parts, isLarge }: LoadTable,
  { mode }: LoadShare,
  { session, reader, encoding, report, signal }: Loading & { readonly reader: PartReader<Part> },
): Promise<LoadedTable> {
  const { target } = pair
  const indexes = isLarge ? await readRemovableIndexes(session, [target.oid]) : []
  for (const index of indexes) await session.define(dropIndexSql(index))
  // What defines something puts the role back.
  if (mode === 'replica role') await session.execute('SET LOCAL session_replication_role = replica')
  const place = { landing: target.name, columns: copiedColumns(pair).map(({ name }) => name) }
  const writer = new LandingWriter(
    session,
    () => place,
    encoding,
    async () => undefined,
  )
  let copied = NOTHING_COPIED
  await withUserPath(session, 'writing', async () => {
    for (const part of parts) copied = addCopied(copied, await copyPart(part, reader, writer, report, signal))
  })
  if (mode === 'replica role') await session.execute('SET LOCAL session_replication_role = origin')
  const startedAt = performance.now()
  await withUserPath(session, 'writing', () => build(session, pair, indexes, copied.rows))
  return { pair, copied, buildMs: performance.now() - startedAt, writeCounters: undefined }
}

async function build(
  session: Session,
  { target }: TablePair,
  indexes: readonly RemovableIndex[],
  rows: number,
): Promise<void> {
  for (const sql of indexes.flatMap(createIndexSql)) await session.defineFrom(sql)
  if (rows > 0 && canAnalyze(target)) await session.execute(`ANALYZE ${relation(target.name)}`)
}

/** ANALYZE reads inheritance children, too, which another transaction of the load may have locked. */
export function canAnalyze({ members }: Pick<Table, 'members'>): boolean {
  return members.every(({ children }) => children === undefined)
}

/** What the replica role leaves unchecked. Indexes that were built again have checked what they enforce. */
async function checkRows({ mode, checkedKeys, deferrable }: LoadShare, session: Session): Promise<void> {
  if (mode !== 'replica role' || checkedKeys.length + deferrable.length === 0) return
  const rights = new OwnerRights(session, new Map())
  await withUserPath(session, 'reading', () =>
    checkConstraints({ coordinator: session, tables: [], rights }, checkedKeys, deferrable, []),
  )
}

async function readComments(session: Session, keys: readonly ForeignKey[]): Promise<(string | null)[]> {
  if (keys.length === 0) return []
  const rows = await session.query<{ oid: number; comment: string | null }>(
    `SELECT oid, obj_description(oid, 'pg_constraint') AS comment FROM pg_constraint WHERE oid = ANY ($1::oid[])`,
    [keys.map(({ oid }) => oid)],
  )
  const byOid = new Map(rows.map(({ oid, comment }) => [oid, comment]))
  return keys.map(({ oid }) => byOid.get(oid) ?? null)
}

function oidsOf({ tables }: LoadShare): number[] {
  return tables.flatMap(({ oids }) => oids)
}
