import type { Session } from '../session.ts'
import { PLATFORM_MARKS, type ServerPlatform, serverPlatform } from './platforms.ts'
import { TO_BECOME_SQL } from './to-become.ts'

/** What a database says of itself. */
export interface ServerFacts {
  /** What the configuration calls it. */
  readonly name: string
  readonly database: string
  readonly databaseOid: number
  /** `server_version` without the name of a distribution, such as `18.4`. */
  readonly version: string
  /** `server_encoding`, such as UTF8. */
  readonly encoding: string
  readonly isInRecovery: boolean
  /** Whether `mbsync.protected` is on for the database: it must then never be written. */
  readonly isProtected: boolean
  readonly canCreateSchemas: boolean
  /** The current role, and the roles that it is a member of without inheriting their rights. */
  readonly role: string
  readonly dormantRoles: readonly string[]
  /** The host of the server; undefined for a server of one's own. */
  readonly platform: ServerPlatform | undefined
}

/** Reads what the database says of itself. */
export async function readServerFacts(session: Session): Promise<ServerFacts> {
  const { marks, ...facts } = await session.queryOne<FactsRow>(SERVER_FACTS_SQL, [PLATFORM_MARKS])
  return { ...facts, name: session.database, platform: serverPlatform(marks) }
}

interface FactsRow extends Omit<ServerFacts, 'platform' | 'name'>, Record<string, unknown> {
  readonly marks: readonly string[]
}

/** `mbsync.protected` is read from pg_db_role_setting, too: a session could have overridden its own value. */
const SERVER_FACTS_SQL = `
SELECT current_database() AS database,
  d.oid AS "databaseOid",
  split_part(current_setting('server_version'), ' ', 1) AS version,
  pg_encoding_to_char(d.encoding) AS encoding,
  pg_is_in_recovery() AS "isInRecovery",
  EXISTS (
    SELECT FROM pg_db_role_setting s, unnest(s.setconfig) AS c
    WHERE s.setdatabase = d.oid
      AND c ~* '^mbsync\\.protected=(on|true|yes|1|t|y)$'
  ) OR coalesce(current_setting('mbsync.protected', true), '') ~* '^(on|true|yes|1|t|y)$' AS "isProtected",
  has_database_privilege(d.oid, 'CREATE') AS "canCreateSchemas",
  current_user::text AS role,
  coalesce(roles.dormant, '{}') AS "dormantRoles", coalesce(roles.marks, '{}') AS marks
FROM pg_database d, (
  SELECT array_agg(r.rolname::text ORDER BY r.rolname::text) FILTER (
      WHERE pg_has_role(r.oid, ${TO_BECOME_SQL}) AND NOT pg_has_role(r.oid, 'USAGE') AND r.rolname <> 'pg_database_owner') AS dormant,
    array_agg(r.rolname::text) FILTER (WHERE r.rolname = ANY ($1::text[])) AS marks
  FROM pg_roles r
) AS roles
WHERE d.datname = current_database()`

const identifiers = new WeakMap<Session, Promise<string | undefined>>()

/** The system identifier of the cluster, or undefined where the role may not read it. Read once for each session. */
export function readSystemIdentifier(session: Session): Promise<string | undefined> {
  const identifier = identifiers.get(session) ?? readIdentifier(session)
  identifiers.set(session, identifier)
  return identifier
}

async function readIdentifier(session: Session): Promise<string | undefined> {
  const { allowed } = await session.queryOne<{ allowed: boolean }>(
    `SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AS allowed`,
  )
  if (!allowed) return undefined
  const { id } = await session.queryOne<{ id: string }>(
    `SELECT system_identifier::text AS id FROM pg_control_system()`,
  )
  return id
}
