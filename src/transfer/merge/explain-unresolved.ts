import pg from 'pg'
import { displayName, type TableName } from '../../core/table-name.ts'
import { readScriptedCode } from '../../postgres/catalog/read-scripted-code.ts'
import { DatabaseError, isUnresolvedName } from '../../postgres/explain-error.ts'
import { identifier } from '../../postgres/identifiers.ts'
import { nameLockHolder } from '../../postgres/name-lock-holder.ts'
import { consistsOf } from '../../postgres/public-message.ts'
import type { Session } from '../../postgres/session.ts'
import { type UnsafeSchema, userPath } from '../../postgres/user-path.ts'
import { cureUnsafe, describeUnsafe } from '../inspect/unsafe-schema.ts'

/** A table, with its partitions. */
interface NamedTable {
  readonly name: TableName
  readonly partitions: readonly { readonly oid: number }[]
}

/**
 * Explains the error of a statement if a user function named something that was not found, or raised an error: which function, for which
 * table, and how to correct it. Names come from the catalog, because the rest of what the server says about a running function may contain
 * row values. Other errors are returned unchanged.
 * @param session a session without a transaction
 * @param analyzed the function whose text was analyzed, if none was running
 */
export async function explainUnresolved(
  session: Session,
  error: unknown,
  tables: readonly NamedTable[],
  analyzed?: string,
): Promise<unknown> {
  if (!(error instanceof DatabaseError) || !session.isOpen || error.raisedIn !== undefined) return error
  if (!isUnresolvedName(error.sqlState) && !mayBeRaised(error)) return error
  const { cause } = error
  if (!(cause instanceof pg.DatabaseError)) return error
  const running = analyzed === undefined ? undefined : { signature: analyzed, line: undefined }
  const caller = callerIn(cause.where ?? '') ?? running
  if (caller === undefined) return error
  try {
    const found = await findFunction(session, caller.signature)
    return found === undefined
      ? error
      : await explain(session, error, { said: cause.message, found, caller }, tables)
  } catch {
    // The original error matters more.
    return error
  }
}

/** Errors that functions raise themselves, and errors of statements in them because of a value or a privilege. */
function mayBeRaised({ sqlState = '', violated }: DatabaseError): boolean {
  return /^(P0|38|39|22|23|42501)/.test(sqlState) && violated === undefined
}

/** The innermost user function in a CONTEXT, if PostgreSQL itself has written its lines. */
export function callerIn(where: string): Caller | undefined {
  for (const line of where.split('\n')) {
    const match = PLPGSQL_LINE.exec(line) ?? SQL_LINE.exec(line)
    const { signature, line: number } = match?.groups ?? {}
    if (signature !== undefined) return { signature, line: number }
  }
  return undefined
}

interface Caller {
  /**
   * As the server writes it: with or without a schema, and without arguments for SQL functions. Do not show it before it is found in the
   * catalog.
   */
  readonly signature: string
  readonly line: string | undefined
}

const PLPGSQL_LINE = /^PL\/pgSQL function (?<signature>[^\n]{1,300}?\([^()\n]*\)) line (?<line>\d+) at /
const SQL_LINE = /^SQL function "(?<signature>[^\n]{1,63})"(?: (?:during|statement) .*)?$/

interface FoundFunction extends Record<string, unknown> {
  readonly oid: number
  readonly signature: string
  readonly source: string
  readonly extension: string | null
}

async function findFunction(session: Session, signature: string): Promise<FoundFunction | undefined> {
  const found = await session.query<FoundFunction>(FUNCTION_SQL, [nameIn(signature)])
  // If several functions have this name, any of them may be meant, because arguments and schemas are written under the current search path.
  return found.length === 1 ? found[0] : found.find((each) => isOne(each.signature, signature))
}

function isOne(whole: string, signature: string): boolean {
  return whole === signature || whole.endsWith(`.${signature}`)
}

/** The name in `schema."name"(argument, …)`, or in a name alone. */
function nameIn(signature: string): string {
  const name = /(?:"(?<quoted>(?:[^"]|"")+)"|(?<plain>[^.("]+))\(/.exec(signature)?.groups
  return name?.quoted?.replaceAll('""', '"') ?? name?.plain ?? signature
}

const FUNCTION_SQL = `
SELECT p.oid AS oid, p.oid::regprocedure::text AS signature, p.prosrc AS source, (
  SELECT e.extname::text FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass) AS extension
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.proname::text = $1 AND l.lanname NOT IN ('internal', 'c')`

async function explain(
  session: Session,
  error: DatabaseError,
  { said, found, caller: { line } }: { said: string; found: FoundFunction; caller: Caller },
  tables: readonly NamedTable[],
): Promise<DatabaseError> {
  const table = await callingTable(session, found, tables)
  const subject = table === undefined ? session.database : `${displayName(table.name)} (${table.part})`
  const where = line === undefined ? '' : ` (line ${line})`
  if (!isUnresolvedName(error.sqlState)) {
    const failure = error.message.replace(`${session.database}: `, '')
    return new DatabaseError(`${subject}: function ${found.signature}${where} failed: ${failure}`, {
      cause: error,
      sqlState: error.sqlState,
      hint: RAISED_HINT,
    })
  }
  const schemas = await schemasWith(session, said)
  const { leftOut, schemas: listed } = await userPath(session)
  const unsafe = leftOut.find(({ schema }) => schemas.includes(schema))
  const what = (await isPublic(session, said, found.source))
    ? said
    : 'it names something that PostgreSQL does not find'
  const why = unsafe === undefined ? '' : `; ${describeUnsafe(unsafe)}, so it is left out of the search path`
  return new DatabaseError(`${subject}: function ${found.signature}${where} failed: ${what}${why}`, {
    cause: error,
    sqlState: error.sqlState,
    hint: cureOf(found, schemas.length === 0 ? [] : [...new Set([...listed, ...schemas])], unsafe),
  })
}

const RAISED_HINT =
  'What it says may hold values of rows, so only the log of the target has it. Compare the function on both sides; or change, in the target, the function or what calls it.'

/** Do not suggest an unsafe schema for a search path: other roles may have put objects there. */
function cureOf(
  { signature, extension }: FoundFunction,
  schemas: readonly string[],
  unsafe: UnsafeSchema | undefined,
): string {
  if (unsafe !== undefined) return `In the target: ${cureUnsafe(unsafe)}.`
  const path = schemas.length === 0 ? '…' : schemas.map(identifier).join(', ')
  if (extension === null)
    return `In the target: ALTER FUNCTION ${signature} SET search_path = ${path}, pg_temp.`
  return `The function belongs to extension ${identifier(extension)}. In the target: ALTER DATABASE … SET search_path = ${path}; or move what it names into a schema of the search path (ALTER EXTENSION … SET SCHEMA …).`
}

async function callingTable(
  session: Session,
  { oid }: FoundFunction,
  tables: readonly NamedTable[],
): Promise<{ readonly name: TableName; readonly part: string } | undefined> {
  const oids = tables.flatMap(({ partitions }) => partitions.map((partition) => partition.oid))
  const code = (await readScriptedCode(session, oids)).find(({ functionOid }) => functionOid === oid)
  if (code === undefined) return undefined
  const table = tables.find(({ partitions }) =>
    partitions.some((partition) => partition.oid === code.relationOid),
  )
  return table && { name: table.name, part: code.part }
}

/** Names in messages may be row values, as in a cast to `regclass`. Names in the function's own text, and names of types, are not. */
async function isPublic(session: Session, said: string, source: string): Promise<boolean> {
  const words = [...new Set(said.split(/[^\p{L}\p{N}_$]+/u).filter(Boolean))]
  const types = await session.query<{ name: string }>(
    'SELECT DISTINCT typname::text AS name FROM pg_type WHERE typname = ANY ($1::text[])',
    [words],
  )
  return consistsOf(said, [source, TYPE_WORDS, ...types.map(({ name }) => name)].join(' '))
}

const TYPE_WORDS =
  'bigint boolean character double integer precision smallint text search configuration dictionary time timestamp varying with without zone'

/** The schemas that contain the missing object. */
async function schemasWith(session: Session, said: string): Promise<string[]> {
  const [, name] = MISSING.exec(said) ?? []
  if (name === undefined) return []
  const rows = await session.query<{ schema: string }>(
    `SELECT n.nspname::text AS schema FROM pg_namespace n WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT LIKE 'mbsync%' AND (
       EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid AND p.proname = $1)
       OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = $1)
       OR EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = n.oid AND t.typname = $1)
       OR EXISTS (SELECT FROM pg_ts_config c WHERE c.cfgnamespace = n.oid AND c.cfgname = $1)
       OR EXISTS (SELECT FROM pg_ts_dict d WHERE d.dictnamespace = n.oid AND d.dictname = $1))
     ORDER BY 1`,
    [name],
  )
  return rows.map(({ schema }) => schema)
}

const MISSING =
  /^(?:function|relation|type|text search configuration|text search dictionary) "?([^"(]+)"?[ (]/

/** Applies {@link explainUnresolved}, or names the holder of a lock, for an error of `work`. */
export async function explainingNames<T>(
  session: Session,
  tables: readonly NamedTable[],
  work: () => Promise<T>,
): Promise<T> {
  return work().catch(async (error: unknown) => {
    const oids = tables.flatMap(({ partitions }) => partitions.map(({ oid }) => oid))
    throw await nameLockHolder(session, await explainUnresolved(session, error, tables), oids)
  })
}
