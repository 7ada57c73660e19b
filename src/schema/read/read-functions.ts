import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import type { UnsupportedObject } from '../schema-object.ts'
import { isMadeByType } from './is-made-by-type.ts'
import { routineName } from './name-sql.ts'
import { quoteArguments } from './quote-arguments.ts'
import { type DraftObject, IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/**
 * Reads functions, procedures and window functions. Functions in C are listed as unsupported, unless an extension provides their library: a
 * server with the extension has the library.
 */
export async function readFunctions(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<FunctionRow>(FUNCTIONS_SQL)
  const own = rows.filter(
    ({ id }) => dependencies.extensionOf(id) === undefined && !isMadeByType(dependencies, id),
  )
  return {
    objects: own.filter(isWritable).map(toObject),
    unsupported: own.filter((row) => !isWritable(row)).map(toUnsupported),
  }
}

interface FunctionRow extends Record<string, unknown> {
  readonly id: ObjectId
  readonly schema: string
  /** `FUNCTION public.f(integer)`. */
  readonly identity: string
  readonly owner: string
  readonly definition: string
  /** The body at the end of `definition`, if the server has parsed it and it calls the function itself. */
  readonly selfCallingBody: string | null
  readonly isInC: boolean
  /** The extension that provides its library, if it is written in C. */
  readonly libraryOf: ObjectId | null
  readonly language: string
  readonly isLanguageTrusted: boolean
  readonly isLeakproof: boolean
  readonly hasSupport: boolean
  /** A setting of the function that only a superuser may change. */
  readonly setting: string | null
}

function isWritable({ isInC, libraryOf }: FunctionRow): boolean {
  return !isInC || libraryOf !== null
}

function toObject(row: FunctionRow): DraftObject {
  const { id, schema, identity, owner, definition, libraryOf } = row
  const superuserReason = superuserReasonOf(row)
  return {
    id,
    kind: 'function',
    identity,
    schema,
    section: 'pre-data',
    create: statementsOf(definition.trimEnd(), row),
    owner,
    ...(libraryOf === null ? {} : { dependsOn: [libraryOf] }),
    ...(superuserReason === undefined ? {} : { superuserReason }),
  }
}

/** An existing function must not be replaced. But a function that calls itself must exist before its body is read. */
function statementsOf(definition: string, { identity, selfCallingBody: body }: FunctionRow): string[] {
  const replace = quoteArguments(withName(definition, identity))
  const create = replace.replace(/^CREATE OR REPLACE /, 'CREATE ')
  if (body === null) return [create]
  const head = create.slice(0, create.length - body.trimEnd().length)
  return [`${head}AS ''`, replace]
}

/** The name, with quotes if servers of some versions need them. */
function withName(definition: string, identity: string): string {
  const name = NAME.exec(identity)?.[2]
  return name === undefined ? definition : definition.replace(NAME, (_, words: string) => `${words}${name}`)
}

const NAME =
  /^((?:CREATE OR REPLACE )?(?:FUNCTION|PROCEDURE) )((?:"(?:[^"]|"")*"|[^\s".(]+)\.(?:"(?:[^"]|"")*"|[^\s".(]+))(?=\()/

function toUnsupported({ id, identity }: FunctionRow): UnsupportedObject & { id: ObjectId } {
  return {
    id,
    identity,
    reason: 'it is written in C, and its library may not be on the server of the target',
    hint: 'Create it in the target by hand, as a superuser, once its library is installed there.',
  }
}

function superuserReasonOf(row: FunctionRow): string | undefined {
  if (!row.isLanguageTrusted) return `only a superuser can create functions in the language ${row.language}`
  if (row.isLeakproof) return 'only a superuser can create LEAKPROOF functions'
  if (row.hasSupport) return 'only a superuser can give a function a SUPPORT function'
  if (row.setting !== null) return `only a superuser may SET ${row.setting}`
  return undefined
}

/** The text of a definition comes from the server, so it contains everything that a function can have. */
const FUNCTIONS_SQL = `
WITH guarded AS MATERIALIZED (SELECT s.name FROM pg_settings s WHERE s.context = 'superuser'),
libraries AS MATERIALIZED (
  SELECT m.probin, 'pg_extension:' || min(d.refobjid) AS extension
  FROM pg_depend d JOIN pg_proc m ON m.oid = d.objid
  WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND m.probin IS NOT NULL
  GROUP BY m.probin
)
SELECT 'pg_proc:' || p.oid AS id, n.nspname AS schema, ${routineName('p', 'n')} AS identity, pg_get_userbyid(p.proowner) AS owner,
  pg_get_functiondef(p.oid) AS definition, l.lanname = 'c' AS "isInC",
  CASE WHEN l.lanname = 'c' THEN b.extension END AS "libraryOf",
  CASE WHEN (p.oid, p.oid) IN (SELECT d.objid, d.refobjid FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_proc'::regclass
    AND d.objid = d.refobjid) THEN pg_get_function_sqlbody(p.oid) END AS "selfCallingBody",
  l.lanname AS language, l.lanpltrusted AS "isLanguageTrusted", p.proleakproof AS "isLeakproof", p.prosupport <> 0 AS "hasSupport",
  (SELECT min(g.name) FROM unnest(p.proconfig) AS c (setting) JOIN guarded g ON g.name = split_part(c.setting, '=', 1)) AS setting
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN libraries b ON b.probin = p.probin
WHERE p.oid >= 16384 AND p.prokind IN ('f', 'p', 'w') AND ${IS_USER_SCHEMA}`
