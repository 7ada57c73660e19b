import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../session.ts'
import { configuredPath, parsePath } from '../user-path.ts'
import { findCalls, findFromItems, type NameInText } from './names-in-function.ts'
import { CHECKS_SQL, reachedSql } from './read-foreign-code.ts'
import { WRITTEN_SQL } from './read-scripted-code.ts'

/** A table that a function of users reads when rows of another table, or of the same one, are written. */
export interface FunctionRead {
  /** The table that is written, or its partition that has the part. */
  readonly writtenOid: number
  /** Such as `constraint "c"`: what belongs to the table and leads to the function. */
  readonly part: string
  /** Schema-qualified, with its arguments. */
  readonly function: string
  readonly readOid: number
  readonly read: TableName
}

/**
 * Reads what functions in checks, generated columns, indexes and domains of the given relations read. PostgreSQL takes the order of writing to
 * mean nothing for them, and knows it only of functions with a body that is parsed; of others, the tables after FROM and JOIN in their text are
 * found, and functions that they call. What is built at run time is not found. So this may order tables, and may not prove anything.
 */
export async function readFunctionReads(session: Session, oids: readonly number[]): Promise<FunctionRead[]> {
  if (oids.length === 0) return []
  const calls = await session.query<Call>(`${reachedSql(WRITTEN_SQL, CHECKS_SQL)}\n${CALLS_SQL}`, [oids])
  if (calls.length === 0) return []
  const functions = await readFunctions(session, calls)
  const tables = await readTables(session, [...functions.values()])
  const reads = calls.flatMap(({ functionOid, ...call }) => {
    const read = new Map(
      [...calledBy(functionOid, functions)].flatMap((each) =>
        tables(each).map((table) => [table.oid, table] as const),
      ),
    )
    return [...read.values()].map(
      ({ oid, schema, name }): FunctionRead => ({ ...call, readOid: oid, read: { schema, name } }),
    )
  })
  return reads
}

interface Call extends Record<string, unknown> {
  readonly writtenOid: number
  readonly part: string
  readonly functionOid: number
  readonly function: string
}

/** Functions of extensions read tables of their own at most. */
const USER_CODE = `l.lanname NOT IN ('internal', 'c') AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')`

const CALLS_SQL = `SELECT DISTINCT ON (r.relid, r.part, p.oid) r.relid AS "writtenOid", r.part, p.oid AS "functionOid", p.oid::regprocedure::text AS function
FROM reached r
JOIN pg_proc p ON r.classid = 'pg_proc'::regclass AND p.oid = r.objid
JOIN pg_language l ON l.oid = p.prolang
WHERE ${USER_CODE}
ORDER BY r.relid, r.part, p.oid`

interface FunctionText extends Record<string, unknown> {
  readonly oid: number
  readonly name: string
  readonly source: string
  /** Its own search_path, as it is written in SET. */
  readonly path: string | null
  /** The relations that a parsed body names. */
  readonly relations: readonly number[]
}

const FUNCTIONS_SQL = `SELECT p.oid, p.proname::text AS name, CASE WHEN coalesce(to_jsonb(p) -> 'prosqlbody', 'null') = 'null' THEN p.prosrc ELSE '' END AS source,
  (SELECT substr(setting, length('search_path=') + 1) FROM unnest(p.proconfig) AS c (setting) WHERE starts_with(setting, 'search_path=')) AS path,
  ARRAY(SELECT d.refobjid::int8 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass) AS relations
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE (p.oid = ANY ($1::oid[]) OR p.proname::text = ANY ($2::text[])) AND ${USER_CODE}`

/** The functions, and those that they call by name, by object id. */
async function readFunctions(session: Session, calls: readonly Call[]): Promise<Map<number, FunctionText>> {
  const known = new Map<number, FunctionText>()
  const asked = new Set<string>()
  let oids = calls.map(({ functionOid }) => functionOid)
  let names: string[] = []
  while (oids.length + names.length > 0) {
    const found = await session.query<FunctionText>(FUNCTIONS_SQL, [oids, names])
    for (const each of found) known.set(each.oid, { ...each, relations: each.relations.map(Number) })
    oids = []
    names = [...new Set(found.flatMap(({ source }) => findCalls(source)))].filter((name) => !asked.has(name))
    for (const name of names) asked.add(name)
  }
  return known
}

/** The function and all that it calls by name. Overloaded functions count as called together. */
function calledBy(oid: number, functions: ReadonlyMap<number, FunctionText>): Set<FunctionText> {
  const called = new Set<FunctionText>()
  const open = [functions.get(oid)]
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (called.has(each)) continue
    called.add(each)
    const names = new Set(findCalls(each.source))
    open.push(...[...functions.values()].filter(({ name }) => names.has(name)))
  }
  return called
}

interface FoundTable extends Record<string, unknown> {
  readonly oid: number
  readonly schema: string
  readonly name: string
}

/** Gives the tables that a function reads, also through views. */
async function readTables(
  session: Session,
  functions: readonly FunctionText[],
): Promise<(code: FunctionText) => FoundTable[]> {
  const items = new Map(functions.map((each) => [each, findFromItems(each.source)]))
  const names = [...new Set([...items.values()].flat().map(({ name }) => name))]
  const [relations, path] = await Promise.all([
    session.query<FoundTable>(RELATIONS_SQL, [names]),
    configuredPath(session),
  ])
  const named = (code: FunctionText) => {
    const schemas = parsePath(code.path ?? path)
    return [
      ...code.relations,
      ...(items.get(code) ?? []).flatMap((item) => resolve(item, schemas, relations)?.oid ?? []),
    ]
  }
  const bases = await session.query<FoundTable & { readonly of: number }>(BASES_SQL, [
    [...new Set(functions.flatMap(named))],
  ])
  return (code) => {
    const own = new Set(named(code))
    return bases.filter((each) => own.has(each.of))
  }
}

/** The relation that PostgreSQL would find, if the name has a schema or the search path has one. */
function resolve(
  { schema, name }: NameInText,
  path: readonly string[],
  relations: readonly FoundTable[],
): FoundTable | undefined {
  const own = relations.filter((each) => each.name === name)
  const schemas = schema === undefined ? path : [schema]
  return schemas.flatMap((wanted) => own.find((each) => each.schema === wanted) ?? [])[0]
}

const RELATIONS_SQL = `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname::text = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`

/** What the relations are, or consist of if they are views. */
const BASES_SQL = `
WITH RECURSIVE base (root, oid) AS (
  SELECT o, o FROM unnest($1::oid[]) AS o
  UNION
  SELECT b.root, d.refobjid
  FROM base b
  JOIN pg_class v ON v.oid = b.oid AND v.relkind = 'v'
  JOIN pg_rewrite r ON r.ev_class = v.oid
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
)
SELECT b.root AS of, c.oid, n.nspname::text AS schema, c.relname::text AS name
FROM base b JOIN pg_class c ON c.oid = b.oid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema$|mbsync)'
ORDER BY 1, 3, 4`
