import { countOf } from '../../core/count-of.ts'
import { RefusedError } from '../../core/errors.ts'
import { TableMap, TableSet } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import type { MarkedRows } from '../../core/watermark.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import { lockSequenceValues, readSequencesByName } from '../../postgres/catalog/read-sequences.ts'
import { readTables } from '../../postgres/catalog/read-tables.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import { identifier, literal, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { looksOf, readMergeXids, type UndoableRun, type UndoableTable } from '../../state/undo-sets.ts'
import { columnPlacesDigest, partitionsDigest } from '../../transfer/inspect/fingerprint.ts'
import type { MergeMode } from '../../transfer/inspect/inspection.ts'
import { namedAsItself, staysSql } from '../../transfer/inspect/stay-rule.ts'
import type { Merge } from '../../transfer/merge/merge-plan.ts'
import type { MergeTable } from '../../transfer/merge/merge-table.ts'
import { OwnerRights } from '../../transfer/merge/owner-rights.ts'
import { readOwners } from '../../transfer/merge/read-owners.ts'
import { sameKeySql, tableSql } from '../../transfer/merge/row-sql.ts'
import { isSame } from '../../transfer/merge/sequence-position.ts'
import { markedSql } from '../../transfer/target-writes/foreign-writes.ts'
import { readLockedMarks } from '../../transfer/target-writes/mark-tables.ts'
import { countedSql } from '../../transfer/target-writes/read-marks.ts'
import { countChangedLargeObjects } from '../../transfer/undo/undo-large-objects.ts'
import type { UndoOptions } from './undo-options.ts'

/** The merge of a rollback, with the tables that it writes. */
type Rollback = Pick<Merge, 'coordinator' | 'target' | 'jobs' | 'mode' | 'tables' | 'report'>

/**
 * Refuses to undo a run if the target has changed since; with `force`, it only reports the changes. It is called with the tables locked, so
 * its findings stay true.
 * @throws RefusedError
 */
export async function checkUnchanged(
  rollback: Rollback,
  undone: UndoableRun,
  { force }: UndoOptions,
): Promise<void> {
  const { coordinator: session, report } = rollback
  const changes = [
    ...(undone.targetVoid === undefined
      ? await changedTables(rollback, undone)
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
    report({ type: 'warning', message: `Overwriting what changed since run ${undone.id}: ${change}` })
}

async function changedTables(rollback: Rollback, undone: UndoableRun): Promise<string[]> {
  const { coordinator: session, tables: restored } = rollback
  const mergeXids = await readMergeXids(session, looksOf(undone))
  const now = await readByName(session, undone)
  const columns = new TableMap(
    restored.map(({ target, columns }) => [target.name, columns.map(({ name }) => name)]),
  )
  const rights = await rightsFor(session, [...now.values()], rollback.mode)
  // A table that was dropped since, and that the run did not change, has nothing to restore.
  const found = undone.tables.flatMap((table) => {
    const target = now.get(table.name)
    const shape = target && changedShape(table, target, columns.get(table.name) ?? [])
    return target === undefined ? [] : [{ table, target, shape }]
  })
  const toRead = found.filter(({ target, shape }) => shape === undefined && isReadable(target))
  const requests = toRead.map(({ table: { mergeSnapshot, keptBy }, target }) => {
    const request = { table: target, snapshots: [mergeSnapshot], except: keptBy ?? undefined }
    const select = markedSql(`${countedSql(tableSql(target), request)} AS t`)
    return { ...request, isAlone: rights.roleOf({ target }) !== undefined, select }
  })
  const read = await withUserPath(session, 'reading', () =>
    readLockedMarks({ ...rollback, rights }, requests, mergeXids),
  )
  const marked = new Map(toRead.map(({ target }, index) => [target, read[index]?.[0]]))
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
