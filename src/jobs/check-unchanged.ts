import { RefusedError } from '../core/errors.ts'
import { displayName } from '../core/table-name.ts'
import { readSequenceValues } from '../postgres/catalog/read-sequences.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { readMergeXids, type UndoableRun } from '../state/undo-sets.ts'
import { readMarkedRows } from '../transfer/foreign-writes.ts'
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
): Promise<void> {
  const changes = [...(await changedTables(session, undone)), ...(await changedSequences(session, undone))]
  if (changes.length === 0) return
  if (!force) {
    throw new RefusedError(`The target has changed since run ${undone.id}: ${changes.join('; ')}`, {
      hint: '`mbsync rollback --force` restores the rows of that run all the same and overwrites such changes to them; other rows stay as they are.',
    })
  }
  for (const change of changes)
    watch.report({ type: 'warning', message: `Overwriting what changed since run ${undone.id}: ${change}` })
}

async function changedTables(session: Session, undone: UndoableRun): Promise<string[]> {
  const mark = { snapshot: undone.mergeSnapshot, mergeXids: await readMergeXids(session) }
  const changes: string[] = []
  const tables = await readableTables(session, undone)
  for (const { name, rowsAfter, undatedRows, fingerprint, isPartitioned } of tables) {
    const now = await readMarkedRows(session, `${isPartitioned ? '' : 'ONLY '}${relation(name)}`, mark)
    const written = Math.max(now.undated - undatedRows, 1)
    if (now.fingerprint !== fingerprint)
      changes.push(`${displayName(name)} has ${written} or more rows written since`)
    else if (now.rows !== rowsAfter)
      changes.push(`${displayName(name)} has ${now.rows} rows instead of ${rowsAfter}`)
  }
  return changes
}

/**
 * The tables of the run that can be read. One that the run did not change has nothing to restore: it does not matter whether it was dropped
 * since, nor whether its policies hide its rows, which are not suspended for its sake.
 */
async function readableTables(session: Session, { tables }: UndoableRun) {
  const rows = await session.query<{ i: number; kind: string }>(
    `SELECT n.i::int AS i, c.relkind AS kind FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS n (schema, name, i)
     JOIN pg_namespace s ON s.nspname = n.schema
     JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = n.name AND c.relkind IN ('r', 'p')
     WHERE has_schema_privilege(s.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid)`,
    [tables.map(({ name }) => name.schema), tables.map(({ name }) => name.name)],
  )
  const kinds = new Map(rows.map(({ i, kind }) => [i - 1, kind]))
  return tables.flatMap((table, index) => {
    const kind = kinds.get(index)
    return kind === undefined ? [] : [{ ...table, isPartitioned: kind === 'p' }]
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
