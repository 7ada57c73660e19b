import { RefusedError } from '../core/errors.ts'
import { groupBy } from '../core/group-by.ts'
import { displayName, type TableName } from '../core/table-name.ts'
import { readMembers } from '../postgres/catalog/read-members.ts'
import { readSequenceValues } from '../postgres/catalog/read-sequences.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { readMergeXids, type UndoableRun } from '../state/undo-sets.ts'
import { MARK_COLUMNS, markedSql, readMarkedRows } from '../transfer/foreign-writes.ts'
import type { MergeMode } from '../transfer/inspection.ts'
import { OwnerRights } from '../transfer/merge/owner-rights.ts'
import { readOwners } from '../transfer/merge/read-owners.ts'
import { isSame } from '../transfer/merge/set-sequences.ts'
import type { UndoOptions } from './merge-undo.ts'
import type { Watch } from './watch.ts'

/**
 * Refuses to undo a run over what has changed since, or with `force` only tells it. Called with the tables locked, so that what it finds stays true.
 * @throws RefusedError
 */
export async function checkUnchanged(
  watch: Watch,
  session: Session,
  undone: UndoableRun,
  { force }: UndoOptions,
  mode: MergeMode,
): Promise<void> {
  const changes = [
    ...(await changedTables(session, undone, mode)),
    ...(await changedSequences(session, undone)),
  ]
  if (changes.length === 0) return
  if (!force) {
    throw new RefusedError(`The target has changed since run ${undone.id}: ${changes.join('; ')}`, {
      hint: '`mbsync rollback --force` restores the rows of that run all the same and overwrites such changes to them; other rows stay as they are.',
    })
  }
  for (const change of changes)
    watch.report({ type: 'warning', message: `Overwriting what changed since run ${undone.id}: ${change}` })
}

async function changedTables(session: Session, undone: UndoableRun, mode: MergeMode): Promise<string[]> {
  const mark = { snapshot: undone.mergeSnapshot, mergeXids: await readMergeXids(session) }
  const changes: string[] = []
  const tables = await withKinds(session, undone)
  const rights = await rightsFor(session, tables, mode)
  for (const { oid, name, rowsAfter, undatedRows, fingerprint, isPartitioned } of tables) {
    const sql = isPartitioned ? relation(name) : `ONLY ${relation(name)}`
    const now = await rights.reading({ target: { oid } })(markedSql(sql), MARK_COLUMNS, (select) =>
      readMarkedRows(session, `(${select})`, mark),
    )
    const written = Math.max(now.undated - undatedRows, 1)
    if (now.fingerprint !== fingerprint)
      changes.push(`${displayName(name)} has ${written} or more rows written since`)
    else if (now.rows !== rowsAfter)
      changes.push(`${displayName(name)} has ${now.rows} rows instead of ${rowsAfter}`)
  }
  return changes
}

/** The tables are locked, so no code is added to them. */
async function rightsFor(
  session: Session,
  tables: readonly { readonly oid: number; readonly name: TableName }[],
  mode: MergeMode,
): Promise<OwnerRights> {
  if (mode === 'owner') return new OwnerRights(session, new Map())
  const members = groupBy(
    await readMembers(
      session,
      tables.map(({ oid }) => oid),
    ),
    ({ root }) => root,
  )
  const owned = tables.map((table) => ({
    target: { ...table, members: members.get(table.oid) ?? [] },
    kept: [],
  }))
  return new OwnerRights(session, await readOwners(session, owned))
}

async function withKinds(session: Session, { tables }: UndoableRun) {
  const rows = await session.query<{ i: number; oid: number | null; isPartitioned: boolean }>(
    `SELECT n.i::int AS i, c.oid AS oid, c.relkind = 'p' AS "isPartitioned" FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS n (schema, name, i)
     LEFT JOIN pg_namespace s ON s.nspname = n.schema
     LEFT JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = n.name AND c.relkind IN ('r', 'p')`,
    [tables.map(({ name }) => name.schema), tables.map(({ name }) => name.name)],
  )
  const found = new Map(rows.map(({ i, ...table }) => [i - 1, table]))
  // A table that was dropped since and that the run did not change has nothing to restore.
  return tables.flatMap((table, index) => {
    const { oid, isPartitioned } = found.get(index) ?? { oid: null, isPartitioned: false }
    return oid === null ? [] : [{ ...table, oid, isPartitioned }]
  })
}

async function changedSequences(session: Session, { sequences }: UndoableRun): Promise<string[]> {
  const values = await readSequenceValues(
    session,
    sequences.map(({ name }) => name),
  )
  return sequences.flatMap(({ name, after }, index) => {
    const value = values[index]
    return value !== undefined && isSame(value, after) ? [] : [`sequence ${displayName(name)} has moved`]
  })
}
