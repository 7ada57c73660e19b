import { FailedError, RefusedError } from '../../core/errors.ts'
import type { SqlStatement } from '../../core/split-sql.ts'
import { DatabaseError, isUnresolvedName } from '../../postgres/explain-error.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { readSettings, restoreSettings } from '../../postgres/settings-of-session.ts'
import { userPath, withUserPath } from '../../postgres/user-path.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { cureUnsafe, describeUnsafe } from '../../transfer/inspect/unsafe-schema.ts'
import type { AfterScript } from './read-scripts.ts'

/**
 * Runs scripts in the transaction that is under way, with the search path and the policies that the role of the session has by itself. What they set in the
 * session is taken back at the end, but for settings that nothing lists: `forgetSettings` does that after the transaction.
 * @throws FailedError that names the file, the line and the statement
 */
export async function runScripts(
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

/** What an unqualified name means must not depend on which schemas are trusted: it could be a table of another tenant. */
async function expectOwnNames(session: Session): Promise<void> {
  const { hiding } = await userPath(session)
  const [first] = hiding
  if (first === undefined) return
  throw new RefusedError(
    `${session.database}: SQL of \`after\` would run without schema ${identifier(first.schema)} of the search path, as ${describeUnsafe(first)}: names could refer to objects of another schema`,
    { hint: `Make it safe: ${cureUnsafe(first)}.` },
  )
}

/** A merge may have asked for deferred constraints at once, which holds for the rest of its transaction. */
async function deferAgain(session: Session): Promise<void> {
  const { names } = await session.queryOne<{ names: string | null }>(DEFERRED_SQL)
  if (names !== null) await session.execute(`SET CONSTRAINTS ${names} DEFERRED`)
}

/** A name stands for all constraints of the schema that have it, none of which may be one that cannot be deferred. */
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
  // What it has deferred belongs to it.
  await session.execute('SET CONSTRAINTS ALL IMMEDIATE').catch(async (error: unknown) => {
    throw await failed(session, error, file, 'a deferred constraint at its end')
  })
}

/** Whether the connection was lost decides elsewhere. The words are the server's where no row can be in them. */
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

/** The path is known by now, so that the failed transaction is asked nothing. */
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

/** The server counts characters, from 1. */
function lineOf({ sql, line }: SqlStatement, error: unknown): number {
  const cause = error instanceof Error ? error.cause : undefined
  const position = cause instanceof Error && 'position' in cause ? Number(cause.position) : Number.NaN
  if (!(position >= 1)) return line
  const before = Array.from(sql).slice(0, position - 1)
  return line + before.filter((character) => character === '\n').length
}
