import { countOf } from '../../core/count-of.ts'
import { RefusedError } from '../../core/errors.ts'
import { groupBy } from '../../core/group-by.ts'
import { TableMap, TableSet } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import { lockSequenceValues, readSequencesByName } from '../../postgres/catalog/read-sequences.ts'
import { readTables } from '../../postgres/catalog/read-tables.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import { identifier, literal, relation } from '../../postgres/identifiers.ts'
import { batchesOf, TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { looksOf, readMergeXids, type UndoableRun, type UndoableTable } from '../../state/undo-sets.ts'
import { columnPlacesDigest, partitionsDigest } from '../../transfer/inspect/fingerprint.ts'
import type { MergeMode } from '../../transfer/inspect/inspection.ts'
import { namedAsItself, staysSql } from '../../transfer/inspect/stay-rule.ts'
import type { MergeTable } from '../../transfer/merge/merge-table.ts'
import { OwnerRights } from '../../transfer/merge/owner-rights.ts'
import { readOwners } from '../../transfer/merge/read-owners.ts'
import { sameKeySql, tableSql } from '../../transfer/merge/row-sql.ts'
import { isSame } from '../../transfer/merge/sequence-position.ts'
import {
  MARK_COLUMNS,
  type MarkedRows,
  markedSql,
  readMarkedRows,
  readTablesAtMarks,
  type WriteMark,
} from '../../transfer/target-writes/foreign-writes.ts'
import { countChangedLargeObjects } from '../../transfer/undo/undo-large-objects.ts'
import type { OpenRun } from '../with-run.ts'
import type { UndoOptions } from './undo-options.ts'

/**
 * Refuses to undo a run if the target has changed since; with `force`, it only reports the changes. It is called with the tables locked, so
 * its findings stay true. `restored` are the tables that the rollback writes.
 * @throws RefusedError
 */
export async function checkUnchanged(
  { coordinator: session, context }: Pick<OpenRun, 'coordinator' | 'context'>,
  undone: UndoableRun,
  restored: readonly MergeTable[],
  { force }: UndoOptions,
  mode: MergeMode,
): Promise<void> {
  const changes = [
    ...(undone.targetVoid === undefined
      ? await changedTables(session, undone, restored, mode)
      : [`${undone.targetVoid}; later edits cannot be detected`]),
    ...(await changedSequences(session, undone)),
    ...(await changedLargeObjects(session, undone)),
  ]
  if (changes.length === 0) return
  if (!force) {
    throw new RefusedError(`The target has changed since run ${undone.id}: ${changes.join('; ')}`, {
      hint: '`mbsync rollback --force` restores the rows of that run anyway, and overwrites changes to them; other rows stay as they are.',
    })
  }
  for (const change of changes)
    context.report({ type: 'warning', message: `Overwriting what changed since run ${undone.id}: ${change}` })
}

async function changedTables(
  session: Session,
  undone: UndoableRun,
  restored: readonly MergeTable[],
  mode: MergeMode,
): Promise<string[]> {
  const mergeXids = await readMergeXids(session, looksOf(undone))
  const now = await readByName(session, undone)
  const columns = new TableMap(
    restored.map(({ target, columns }) => [target.name, columns.map(({ name }) => name)]),
  )
  const rights = await rightsFor(session, [...now.values()], mode)
  // A table that was dropped since, and that the run did not change, has nothing to restore.
  const found = undone.tables.flatMap((table) => {
    const target = now.get(table.name)
    const shape = target && changedShape(table, target, columns.get(table.name) ?? [])
    return target === undefined ? [] : [{ table, target, shape }]
  })
  const toRead = found.filter(({ target, shape }) => shape === undefined && isReadable(target))
  const marked = new Map<Table, MarkedRows>()
  for (const [snapshot, own] of groupBy(toRead, ({ table }) => table.mergeSnapshot)) {
    const wanted = own.map(({ table, target }) => ({ target, keptBy: table.keptBy }))
    for (const [target, rows] of await readMarked(session, rights, wanted, { snapshot, mergeXids }))
      marked.set(target, rows)
  }
  const ofUsers = await findKeptOfUsers(session, rights, toRead, restored, mergeXids)
  return found.flatMap(({ table, target, shape }) => {
    const change = shape ?? changedRows(table, marked.get(target)) ?? ofUsers.get(table.name)
    return change === undefined ? [] : `${displayName(table.name)} ${change}`
  })
}

/** Rows that stay belong to users. But if the rollback has a row for the same key, it would overwrite their changes. */
async function findKeptOfUsers(
  session: Session,
  rights: OwnerRights,
  tables: readonly { readonly table: UndoableTable; readonly target: Table }[],
  restored: readonly MergeTable[],
  mergeXids: readonly string[],
): Promise<TableMap<string>> {
  const found = new TableMap<string>()
  for (const { table, target } of tables) {
    if (table.keptBy === null) continue
    const own = restored.find((each) => each.target.oid === target.oid)
    if (own?.key === undefined || own.rows.kind !== 'undo') continue
    const alias = identifier(target.name.name)
    const { rows } = await rights.reading({ target })(
      `SELECT count(*)::float8 AS rows FROM ${namedAsItself(tableSql(target), target.name)}
WHERE ${staysSql(table.keptBy)}
  AND ${alias}.xmin::text::int8 <> ALL (ARRAY(SELECT x::int8 & 4294967295 FROM unnest(${literal(`{${mergeXids.join()}}`)}::text[]) AS x))
  AND EXISTS (SELECT FROM ${relation(own.rows.table)} AS mbsync_undone WHERE ${sameKeySql(own.key, alias, 'mbsync_undone')})`,
      ['rows float8'],
      (select) => withUserPath(session, 'reading', () => session.queryOne<{ rows: number }>(select)),
    )
    if (rows > 0)
      found.set(table.name, `has ${countOf(rows, 'row')} of its own that the rollback would write over`)
  }
  return found
}

/** The tables are locked, so no code can be added to them. */
async function rightsFor(session: Session, tables: readonly Table[], mode: MergeMode): Promise<OwnerRights> {
  if (mode === 'owner') return new OwnerRights(session, new Map())
  const owned = tables.map((target) => ({ target, kept: [] }))
  return new OwnerRights(session, await readOwners(session, owned))
}

async function readByName(session: Session, { tables }: UndoableRun): Promise<TableMap<Table>> {
  const names = new TableSet(tables.map(({ name }) => name))
  const oids = (await listRelations(session))
    .filter(({ name, kind }) => (kind === 'table' || kind === 'partitioned') && names.has(name))
    .map(({ oid }) => oid)
  return new TableMap((await readTables(session, oids)).map((table) => [table.name, table]))
}

/**
 * Whether its rows can be read. A table that the run did not change has nothing to restore. So policies that hide its rows do not matter,
 * and are not suspended for it.
 */
function isReadable({ oid, partitions }: Table): boolean {
  const own = partitions.find((partition) => partition.oid === oid)
  return own?.canUseSchema === true && own.canSelect && !own.isRowSecurityActive
}

/** Changes that neither the rows nor their number show: partitions have brought other rows, or columns other values. */
function changedShape(
  { partitions, columnPlaces }: UndoableTable,
  now: Table,
  columns: readonly string[],
): string | undefined {
  if (partitions !== null && partitions !== partitionsDigest(now))
    return now.isPartitioned
      ? 'was replaced or has had partitions attached, detached or replaced'
      : 'was replaced by another table'
  // Columns that were added since do not matter.
  const isSameColumns =
    columnPlaces === null || columns.length === 0 || columnPlaces === columnPlacesDigest(now, columns)
  return isSameColumns ? undefined : 'has had columns dropped and added again'
}

interface MarkedTable {
  readonly target: Table
  readonly keptBy: string | null
}

/** Many tables at once, except those that are read with the rights of their owner, or without the rows that stay. */
async function readMarked(
  session: Session,
  rights: OwnerRights,
  tables: readonly MarkedTable[],
  mark: WriteMark,
): Promise<Map<Table, MarkedRows>> {
  const marked = new Map<Table, MarkedRows>()
  const isAlone = ({ target, keptBy }: MarkedTable) =>
    keptBy !== null || rights.roleOf({ target }) !== undefined
  for (const { target, keptBy } of tables.filter(isAlone)) {
    const from = namedAsItself(tableSql(target), target.name)
    const others = keptBy === null ? '' : ` WHERE NOT (${staysSql(keptBy)})`
    const read = rights.reading({ target })
    const rows = await read(`${markedSql(from)}${others}`, MARK_COLUMNS, (select) =>
      withUserPath(session, 'reading', () => readMarkedRows(session, `(${select})`, mark)),
    )
    marked.set(target, rows)
  }
  const together = tables.filter((table) => !isAlone(table)).map(({ target }) => target)
  for (const batch of batchesOf(together, TABLES_AT_ONCE)) {
    const read = await withUserPath(session, 'reading', () =>
      readTablesAtMarks(session, batch.map(tableSql), [mark.snapshot], mark.mergeXids),
    )
    for (const [at, target] of batch.entries()) {
      const rows = read[at]?.[0]
      if (rows !== undefined) marked.set(target, rows)
    }
  }
  return marked
}

function changedRows(
  { rowsAfter, undatedRows, fingerprint }: UndoableTable,
  now: MarkedRows | undefined,
): string | undefined {
  if (now === undefined) return undefined
  const written = Math.max(now.undated - undatedRows, 1)
  if (now.fingerprint !== fingerprint) return `has ${written} or more rows written since`
  return now.rows === rowsAfter ? undefined : `has ${now.rows} rows instead of ${rowsAfter}`
}

async function changedLargeObjects(session: Session, { largeObjects }: UndoableRun): Promise<string[]> {
  const changed = largeObjects === undefined ? 0 : await countChangedLargeObjects(session, largeObjects)
  return changed === 0 ? [] : [`${countOf(changed, 'large object')} changed`]
}

async function changedSequences(session: Session, { sequences, tables }: UndoableRun): Promise<string[]> {
  const found = await readSequencesByName(
    session,
    sequences.map(({ name }) => name),
  )
  // A sequence that may be set but not read is never moved back.
  const readable = [...found.values()].filter(({ canSelect }) => canSelect)
  const values = await lockSequenceValues(session, readable)
  const valueByName = new TableMap(readable.map(({ name }, index) => [name, values[index]]))
  // Users number rows that stay, and such a sequence is not moved back.
  const ofUsers = new TableSet(tables.flatMap(({ name, keptBy }) => (keptBy === null ? [] : name)))
  return sequences.flatMap(({ name, after }) => {
    const sequence = found.get(name)
    if (sequence === undefined) return [`sequence ${displayName(name)} is missing`]
    if (sequence.columns.some(({ table }) => ofUsers.has(table))) return []
    const value = valueByName.get(name)
    return value === undefined || isSame(value, after) ? [] : [`sequence ${displayName(name)} has moved`]
  })
}
