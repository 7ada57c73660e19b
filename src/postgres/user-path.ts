import { settledInOrder } from '../core/settled-in-order.ts'
import { isTrustedRoleSql, type RoleTrust } from './catalog/trusted-role.ts'
import { identifier } from './identifiers.ts'
import type { Session } from './session.ts'

/** The search path under which code of the users of a database runs for mbsync. */
export interface UserPath {
  /** For statements that write: the path as it is configured. All names in them must be qualified, operators included. */
  readonly writing: string
  /** For statements of the users themselves, which may create objects: the path as it is configured, so that they are created in its first schema. */
  readonly running: string
  /** For statements that only read, as planning them resolves what indexes call: `pg_catalog` comes first, so that their own names are found there. */
  readonly reading: string
  /** Its schemas, without `pg_catalog` and `pg_temp`. */
  readonly schemas: readonly string[]
  /** The schemas that it leaves out, because roles that are not trusted decide what is found there. */
  readonly leftOut: readonly UnsafeSchema[]
  /** Those of them that stand before a schema which is not left out: a name may mean something else without them. */
  readonly hiding: readonly UnsafeSchema[]
}

/** A schema of the configured search path, and who could plant objects there. */
export interface UnsafeSchema {
  readonly schema: string
  /** A role that can do so, or PUBLIC. */
  readonly role: string
  /** Whether it may create objects there, or owns the schema, or functions or operators in it. */
  readonly power: 'create' | 'schema' | 'code'
}

/** Ours: names are found in `pg_catalog` alone. */
const OWN_PATH = "''"

const paths = new WeakMap<Session, Promise<UserPath>>()
const current = new WeakMap<Session, string>()

/**
 * Runs `work` under the search path of the users, and goes back to the one before.
 * @param role whose rights their code will have, if PostgreSQL gives it those of another role than the session's
 */
export async function withUserPath<T>(
  session: Session,
  use: 'reading' | 'writing' | 'running',
  work: () => Promise<T>,
  role?: string,
): Promise<T> {
  const path = (await (role === undefined ? userPath(session) : userPathOf(session, role)))[use]
  return under(session, path, use, work)
}

/**
 * Runs `work`, which defines objects, under the search path that the users will have when `schemas` are there that it creates: as the text of a definition is looked
 * at, the server may look into the functions that it calls. The path that the session has known until now is forgotten.
 */
export async function withCreatingPath<T>(
  session: Session,
  schemas: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    const { reading } = await readUserPath(session, undefined, schemas)
    return await under(session, reading, 'writing', work)
  } finally {
    paths.delete(session)
  }
}

async function under<T>(
  session: Session,
  path: string,
  use: 'reading' | 'writing' | 'running',
  work: () => Promise<T>,
): Promise<T> {
  const before = currentPath(session)
  const entering = setPath(session, path)
  if (use !== 'reading') await entering
  const leave = async () => {
    current.set(session, before)
    // In a transaction that has failed, the ROLLBACK takes the path back. What follows comes after it.
    await session.execute(`SET search_path = ${before}`).catch(() => undefined)
  }
  try {
    // What only reads comes to nothing if the path has not been set.
    const [, result] = await settledInOrder([entering, work()])
    void leave()
    return result
  } catch (error) {
    // A COPY may still be under way, behind which node-postgres lets no more than one statement wait.
    await leave()
    throw error
  }
}

/** Puts a session under the search path of the users, for {@link leaveUserPath} to end. */
export async function enterUserPath(session: Session, use: 'reading' | 'writing'): Promise<void> {
  await setPath(session, (await userPath(session))[use])
}

/** Puts a session back under the search path of mbsync. */
export async function leaveUserPath(session: Session): Promise<void> {
  if (currentPath(session) !== OWN_PATH) await setPath(session, OWN_PATH)
}

/** What search_path is set to in a session, as SQL. */
export function currentPath(session: Session): string {
  return current.get(session) ?? OWN_PATH
}

async function setPath(session: Session, path: string): Promise<void> {
  current.set(session, path)
  await session.execute(`SET search_path = ${path}`)
}

/** The search path that the role of the session has in this database, as far as its schemas are safe. Read once for each session. */
export function userPath(session: Session): Promise<UserPath> {
  const known = paths.get(session)
  if (known !== undefined) return known
  const path = readUserPath(session)
  paths.set(session, path)
  path.catch(() => paths.delete(session))
  return path
}

/** The same for another role, whose rights the code is to have. */
export function userPathOf(session: Session, role: string): Promise<UserPath> {
  return readUserPath(session, role)
}

/**
 * A schema is safe if nobody can plant objects there who could not become the role that runs the code anyway. `pg_catalog` comes first unless it
 * is in the list, as for every session; temporary objects would come before it unless `pg_temp` were last.
 */
async function readUserPath(
  session: Session,
  role?: string,
  created: readonly string[] = [],
): Promise<UserPath> {
  const { executor, setting } = await readSetting(session, role)
  // The configuration trusts roles with the rights of mbsync, not with those of an owner.
  const { serverVersion, trustedRoles } = session
  const trust = { serverVersion, trustedRoles: role === undefined ? trustedRoles : undefined }
  const names = parsePath(setting).map((name) => (name === '$user' ? executor : name))
  const found = await session.query<FoundSchema>(schemasSql(trust), [names, executor])
  const isUnsafe = new Set(found.flatMap(({ schema, role }) => (role === null ? [] : [schema])))
  const known = new Set(found.map(({ schema }) => schema))
  const safe = new Set([...known, ...created].filter((schema) => !isUnsafe.has(schema)))
  const listed = names.filter((name) => name === 'pg_catalog' || safe.has(name))
  const pathOf = (schemas: readonly string[]) =>
    [...new Set(schemas)].map(identifier).concat('pg_temp').join(', ')
  const reading = pathOf(['pg_catalog', ...listed])
  return {
    writing: listed.includes('pg_catalog') ? pathOf(listed) : reading,
    // Without a schema of the users, nothing can be created: not in pg_temp, either.
    running: listed.length === 0 ? reading : pathOf(listed),
    reading,
    schemas: [...known].filter((schema) => safe.has(schema)),
    hiding: found.flatMap(({ schema, role, power }) => {
      const hides = names.slice(names.indexOf(schema) + 1).some((other) => safe.has(other))
      return role !== null && hides ? [{ schema, role, power }] : []
    }),
    leftOut: found.flatMap(({ schema, role, power }) => (role === null ? [] : [{ schema, role, power }])),
  }
}

/** What search_path a session is configured to have in this database, before schemas are left out, as it is written in SET. */
export async function configuredPath(session: Session): Promise<string> {
  return (await readSetting(session)).setting
}

async function readSetting(
  session: Session,
  role?: string,
): Promise<{ readonly executor: string; readonly setting: string }> {
  return session.queryOne(SETTING_SQL, [role ?? null])
}

interface FoundSchema extends Record<string, unknown> {
  readonly schema: string
  readonly role: string | null
  readonly power: UnsafeSchema['power']
}

/** The names in a value of search_path, as PostgreSQL splits them: lower case unless quoted. */
export function parsePath(setting: string): string[] {
  const names: string[] = []
  for (const { groups: { quoted, plain } = {} } of setting.matchAll(ONE_NAME)) {
    if (quoted !== undefined) names.push(quoted.replaceAll('""', '"'))
    else if (plain !== undefined) names.push(plain.toLowerCase())
  }
  return names.filter((name) => name !== '')
}

const ONE_NAME = /"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^\s,"]+)/g

/** RESET would set it to `reset_val`, which the URL, the role and the database have their say in. Of other roles, only what is stored is known. */
const SETTING_SQL = `
SELECT r.rolname::text AS executor, CASE WHEN $1::text IS NULL THEN s.reset_val ELSE coalesce((
  SELECT substr(c.line, length('search_path=') + 1)
  FROM pg_db_role_setting AS d CROSS JOIN LATERAL unnest(d.setconfig) AS c (line)
  WHERE d.setrole IN (r.oid, 0) AND d.setdatabase IN ((SELECT oid FROM pg_database WHERE datname = current_database()), 0)
    AND starts_with(c.line, 'search_path=')
  ORDER BY d.setrole = 0, d.setdatabase = 0 LIMIT 1), s.boot_val) END AS setting
FROM pg_settings AS s, pg_roles AS r
WHERE s.name = 'search_path' AND r.rolname = coalesce($1::text, current_user)`

/**
 * The schemas of a list that the executor ($2) may use. Whoever can log in and is not trusted counts, with all roles that it can take on: a role that
 * nobody can use is harmless, and `pg_database_owner` is whoever owns the database. Functions and operators could have been
 * left behind by a role that may not create any more.
 */
function schemasSql(trust: RoleTrust): string {
  return `
WITH executor AS (SELECT oid FROM pg_roles WHERE rolname = $2::text),
stranger AS (
  SELECT l.oid FROM pg_roles AS l
  WHERE l.rolcanlogin AND NOT ${isTrustedRoleSql('l.oid', trust, '$2::pg_catalog.name')}
), schema AS (
  SELECT n.oid, n.nspname, n.nspowner, n.nspacl, min(w.at) AS at
  FROM unnest($1::text[]) WITH ORDINALITY AS w (name, at) JOIN pg_namespace AS n ON n.nspname = w.name
  WHERE n.nspname NOT LIKE 'pg\\_%' AND has_schema_privilege((SELECT oid FROM executor), n.oid, 'USAGE')
  GROUP BY n.oid, n.nspname, n.nspowner, n.nspacl
), power AS (
  SELECT s.oid, s.nspowner AS role, 'schema' AS power FROM schema AS s
  UNION ALL SELECT s.oid, a.grantee, 'create' FROM schema AS s CROSS JOIN LATERAL aclexplode(s.nspacl) AS a WHERE a.privilege_type = 'CREATE'
  UNION ALL SELECT s.oid, p.proowner, 'code' FROM schema AS s JOIN pg_proc AS p ON p.pronamespace = s.oid
  UNION ALL SELECT s.oid, o.oprowner, 'code' FROM schema AS s JOIN pg_operator AS o ON o.oprnamespace = s.oid
), powerful AS (
  SELECT DISTINCT ON (p.oid) p.oid, p.power,
    CASE WHEN p.role = 0 THEN 'PUBLIC' WHEN p.role = to_regrole('pg_database_owner') THEN pg_get_userbyid(stranger.oid)::text
      ELSE pg_get_userbyid(p.role)::text END AS role
  FROM (SELECT DISTINCT oid, role, power FROM power) AS p
  JOIN stranger ON p.role = 0 OR pg_has_role(stranger.oid, p.role, 'MEMBER')
  ORDER BY p.oid, p.power DESC, p.role, stranger.oid
)
SELECT s.nspname::text AS schema, p.role, p.power FROM schema AS s LEFT JOIN powerful AS p ON p.oid = s.oid ORDER BY s.at`
}
