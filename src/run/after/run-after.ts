import { FailedError, RefusedError } from '../../core/errors.ts'
import type { SqlStatement } from '../../core/split-sql.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { lockSequenceValues, readSequencesByName } from '../../postgres/catalog/read-sequences.ts'
import { DatabaseError, isUnresolvedName } from '../../postgres/explain-error.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { forgetSettings, readSettings, restoreSettings } from '../../postgres/settings-of-session.ts'
import { userPath, withUserPath } from '../../postgres/user-path.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { type AfterRecord, distrustTables, rememberAfter } from '../../state/after.ts'
import { cureUnsafe, describeUnsafe } from '../../transfer/inspect/unsafe-schema.ts'
import { type FinishProblem, finish } from '../../transfer/merge/finish.ts'
import type { SetSequence } from '../../transfer/merge/set-sequences.ts'
import { readOwnWrites, writtenBetween } from '../../transfer/target-writes/own-writes.ts'
import { readChildXids } from '../../transfer/target-writes/read-child-xids.ts'
import type { OpenRun } from '../with-run.ts'
import type { AfterScript } from './read-scripts.ts'
import { readWritten, withParents } from './read-written.ts'

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

/**
 * Runs scripts in the current transaction, with the search path and the policies that the role has by default. Afterwards, it takes back
 * the session settings that they made, except for settings that nothing lists: `forgetSettings` resets these after the transaction.
 * @throws FailedError that names the file, the line and the statement
 */
async function runScripts(
  session: Session,
  scripts: readonly AfterScript[],
  { report }: Pick<JobContext, 'report'>,
): Promise<void> {
  await expectOwnNames(session)
  const settings = await readSettings(session)
  await session.execute('SET LOCAL row_security = on')
  await deferAgain(session)
  await withUserPath(session, 'running', async () => {
    for (const script of scripts) {
      const startedAt = performance.now()
      await runScript(session, script)
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      report({ type: 'info', message: `Ran ${script.file} in ${seconds} s` })
    }
  })
  await restoreSettings(session, settings)
}

/** The meaning of an unqualified name must not depend on which schemas are trusted: it could name a table of another tenant. */
async function expectOwnNames(session: Session): Promise<void> {
  const { hiding } = await userPath(session)
  const [first] = hiding
  if (first === undefined) return
  throw new RefusedError(
    `${session.database}: SQL of \`after\` would run without schema ${identifier(first.schema)} of the search path, as ${describeUnsafe(first)}: names could refer to objects of another schema`,
    { hint: `Make it safe: ${cureUnsafe(first)}.` },
  )
}

/** The merge may have set deferred constraints to IMMEDIATE, which holds for the rest of its transaction. */
async function deferAgain(session: Session): Promise<void> {
  const { names } = await session.queryOne<{ names: string | null }>(DEFERRED_SQL)
  if (names !== null) await session.execute(`SET CONSTRAINTS ${names} DEFERRED`)
}

/** A name stands for all constraints of the schema with that name. None of them may be one that cannot be deferred. */
const DEFERRED_SQL = `
SELECT string_agg(name, ', ') AS names FROM (
  SELECT quote_ident(n.nspname) || '.' || quote_ident(c.conname) AS name FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
  WHERE has_schema_privilege(n.oid, 'USAGE') AND n.nspname NOT LIKE 'pg\\_temp%'
  GROUP BY n.nspname, c.conname HAVING bool_or(c.condeferred) AND bool_and(c.condeferrable)) AS deferred`

async function runScript(session: Session, { file, statements }: AfterScript): Promise<void> {
  for (const [index, statement] of statements.entries())
    await session.runOne(statement.sql).catch(async (error: unknown) => {
      throw await failed(session, error, file, `line ${lineOf(statement, error)}, statement ${index + 1}`)
    })
  // So that a violation of a constraint that the script has deferred is reported for this script.
  await session.execute('SET CONSTRAINTS ALL IMMEDIATE').catch(async (error: unknown) => {
    throw await failed(session, error, file, 'a deferred constraint at its end')
  })
}

/** Whether the connection was lost is decided elsewhere. The server's own words are used if they cannot contain a row. */
async function failed(session: Session, error: unknown, file: string, place: string): Promise<unknown> {
  if (!(error instanceof DatabaseError) || error.isConnectionLost) return error
  const { message, sqlState = '', hint = '' } = error
  const said = message.replace(`${session.database}: `, '')
  const code = said.includes(sqlState) ? '' : ` (SQLSTATE ${sqlState})`
  return new FailedError(`${session.database}: ${file}, ${place}: ${said}${code}`, {
    cause: error,
    hint: `Nothing has changed. ${await adviseOnPath(session, sqlState)}${hint}`,
  })
}

/** The path is known by now, so nothing is asked in the failed transaction. */
async function adviseOnPath(session: Session, sqlState: string): Promise<string> {
  if (!isUnresolvedName(sqlState)) return ''
  const { leftOut } = await userPath(session)
  return leftOut
    .map(
      ({ schema, role }) =>
        `Schema "${schema}" is left out of the search path, as role "${role}" could put objects there: write the schema before names. `,
    )
    .join('')
}

/** The server counts characters from 1. */
function lineOf({ sql, line }: SqlStatement, error: unknown): number {
  const cause = error instanceof Error ? error.cause : undefined
  const position = cause instanceof Error && 'position' in cause ? Number(cause.position) : Number.NaN
  if (!(position >= 1)) return line
  const before = Array.from(sql).slice(0, position - 1)
  return line + before.filter((character) => character === '\n').length
}

/**
 * Runs scripts in a database that will replace the target, each in its own transaction, and records there what they have changed.
 * @returns failures of the steps that follow: statistics, materialized views
 */
export async function finishNext(
  session: Session,
  { id, context }: Pick<OpenRun, 'id' | 'context'>,
  scripts: readonly AfterScript[],
): Promise<FinishProblem[]> {
  const changed = new Set<number>()
  const files: string[] = []
  const xids: string[] = []
  for (const script of scripts) {
    context.signal.throwIfAborted()
    await session.transaction('BEGIN', async () => {
      const { written, record } = await runAfter(session, id, [script], new Set(), context)
      files.push(script.file)
      xids.push(...record.xids)
      const tables = await withParents(session, [...written.keys()])
      await rememberAfter(session, id, { ...record, files, xids }, [...tables.values()])
      for (const oid of tables.keys()) changed.add(oid)
    })
  }
  if (scripts.length > 0) await forgetSettings(session)
  const tables = await readWritten(session, [...changed])
  return tables.length === 0 ? [] : finish(session, context.report, tables)
}
