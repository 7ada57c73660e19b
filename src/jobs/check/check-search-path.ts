import { displayName } from '../../core/table-name.ts'
import {
  analyzeFunction,
  readScriptedCode,
  type ScriptedCode,
} from '../../postgres/catalog/read-scripted-code.ts'
import { DatabaseError, isUnresolvedName } from '../../postgres/explain-error.ts'
import type { Session } from '../../postgres/session.ts'
import { type UserPath, userPath } from '../../postgres/user-path.ts'
import type { StakedTable } from '../../run/rows-at-stake.ts'
import { cureUnsafe, describeUnsafe } from '../../transfer/inspect/unsafe-schema.ts'
import { explainUnresolved } from '../../transfer/merge/explain-unresolved.ts'
import { readOwners } from '../../transfer/merge/read-owners.ts'
import type { Check } from './checklist.ts'

/** A function that writing a table calls, and the search path that it would run under. */
interface Call {
  readonly table: StakedTable
  readonly code: ScriptedCode
  readonly path: UserPath
}

/**
 * Warns of functions that may not find what they name when a run writes the tables: of schemas that the search path of the target leaves out, and of SQL functions
 * that name something which is not there. Functions are parsed at most, never called.
 */
export async function checkSearchPath(
  session: Session,
  subject: string,
  tables: readonly StakedTable[],
): Promise<Check[]> {
  const calls = await readCalls(session, tables)
  const opaque = calls.filter(({ code }) => code.language !== 'sql')
  return [...leftOut(subject, opaque), ...(await unresolved(session, calls, tables))]
}

async function readCalls(session: Session, tables: readonly StakedTable[]): Promise<Call[]> {
  const oids = tables.flatMap(({ partitions }) => partitions.map(({ oid }) => oid))
  const codes = await readScriptedCode(session, oids)
  if (codes.length === 0) return []
  const owners = await readOwners(
    session,
    tables.map((target) => ({ target, kept: [] })),
  )
  const own = await userPath(session)
  return codes.flatMap((code): Call[] => {
    const table = tables.find(({ partitions }) => partitions.some(({ oid }) => oid === code.relationOid))
    return table === undefined ? [] : [{ table, code, path: owners.get(table.oid)?.path ?? own }]
  })
}

const MOST_CALLS_TO_NAME = 3

function leftOut(subject: string, calls: readonly Call[]): Check[] {
  const unsafe = new Map(
    calls.flatMap(({ path }) => path.leftOut.map((schema) => [JSON.stringify(schema), schema] as const)),
  )
  return [...unsafe.values()].map((schema) => {
    const own = calls.filter(({ path }) => path.leftOut.some((each) => each.schema === schema.schema))
    const named = own.slice(0, MOST_CALLS_TO_NAME).map(describeCall)
    const rest = own.length > named.length ? `, and ${own.length - named.length} more` : ''
    return {
      status: 'warning',
      subject,
      message: `${describeUnsafe(schema)}, so runs leave it out of the search path; functions may need it: ${named.join(', ')}${rest}`,
      hint: `In the target: ${cureUnsafe(schema)}.`,
    }
  })
}

function describeCall({ table, code }: Call): string {
  return `${code.function} (${displayName(table.name)}, ${code.part})`
}

/** The validator of SQL functions analyzes their text as CREATE FUNCTION does. */
async function unresolved(
  session: Session,
  calls: readonly Call[],
  tables: readonly StakedTable[],
): Promise<Check[]> {
  const checks: Check[] = []
  const seen = new Set<number>()
  for (const { code, path } of calls) {
    if (code.language !== 'sql' || seen.has(code.functionOid)) continue
    seen.add(code.functionOid)
    const error = await explainUnresolved(
      session,
      await analyzeFunction(session, code.functionOid, path),
      tables,
      code.function,
    )
    if (!(error instanceof DatabaseError) || !isUnresolvedName(error.sqlState)) continue
    const { message, hint = '' } = error
    checks.push({ status: 'warning', subject: session.database, message, hint })
  }
  return checks
}
