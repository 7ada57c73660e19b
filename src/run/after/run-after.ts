import { displayName, type TableName } from '../../core/table-name.ts'
import { lockSequenceValues, readSequencesByName } from '../../postgres/catalog/read-sequences.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { type AfterRecord, distrustTables } from '../../state/after.ts'
import type { SetSequence } from '../../transfer/merge/set-sequences.ts'
import { readOwnWrites, writtenBetween } from '../../transfer/target-writes/own-writes.ts'
import { readChildXids } from '../../transfer/target-writes/read-child-xids.ts'
import type { AfterScript } from './read-scripts.ts'
import { runScripts } from './run-scripts.ts'
import { withParents } from './with-parents.ts'

/** What the scripts did. */
export interface RanAfter {
  /** All tables that they wrote to, by object id. */
  readonly written: ReadonlyMap<number, TableName>
  /** Those of them that the run does not copy. */
  readonly elsewhere: readonly number[]
  readonly record: AfterRecord
}

/**
 * Runs scripts in the current transaction, and finds out which tables they wrote to.
 * @param brought the object ids of the relations that hold the rows of the run
 */
export async function runAfter(
  session: Session,
  runId: number,
  scripts: readonly AfterScript[],
  brought: ReadonlySet<number>,
  context: Pick<JobContext, 'report'>,
): Promise<RanAfter> {
  const before = await readOwnWrites(session)
  await runScripts(session, scripts, context)
  const { tables, hasDefined } = writtenBetween(before, await readOwnWrites(session))
  const { xid } = await session.queryOne<{ xid: string }>('SELECT txid_current()::text AS xid')
  const others = [...tables].filter(([oid]) => !brought.has(oid))
  const parents = await withParents(
    session,
    others.map(([oid]) => oid),
  )
  // A table that the run itself copies is recorded with the run's own tables.
  await distrustTables(
    session,
    runId,
    [...parents].flatMap(([oid, name]) => (brought.has(oid) ? [] : name)),
  )
  const elsewhere = others.map(([, name]) => displayName(name))
  const childXids = await readChildXids(
    session,
    others.map(([oid]) => oid),
  )
  return {
    written: tables,
    elsewhere: others.map(([oid]) => oid),
    record: {
      files: scripts.map(({ file }) => file),
      elsewhere: elsewhere.sort(),
      hasDefined,
      xids: [...childXids, xid],
    },
  }
}

/** The current positions of the sequences that the run has set: scripts may have taken numbers. */
export async function readAgain(session: Session, set: readonly SetSequence[]): Promise<SetSequence[]> {
  const known = await readSequencesByName(
    session,
    set.map(({ name }) => name),
  )
  const readable = set.filter(({ name, oid, moment }) => {
    const sequence = known.get(name)
    return moment !== 'after COMMIT' && sequence?.oid === oid && sequence.canSelect
  })
  const values = await lockSequenceValues(session, readable)
  return set.map((each) => ({ ...each, value: values[readable.indexOf(each)] ?? each.value }))
}
