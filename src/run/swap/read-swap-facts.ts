import { TO_BECOME_SQL } from '../../postgres/catalog/to-become.ts'
import type { Session } from '../../postgres/session.ts'

/** What a role may do with the database of the target. */
export interface RoleRights {
  readonly role: string
  /** Whether it has the rights of the owner. */
  readonly isOwner: boolean
  /** Whether the role is a member of the owner without inheriting its rights. */
  readonly isDormantOwner: boolean
}

/** The facts that decide whether a database can be replaced. `role` is the one that creates and renames databases. */
export interface SwapFacts extends RoleRights {
  readonly database: string
  readonly owner: string
  /** The role that writes to the target. */
  readonly writer: RoleRights
  readonly canCreateDatabases: boolean
  /** Whether the role may create a database that belongs to the owner. */
  readonly canBecomeOwner: boolean
  /** The tablespace of the database, if the role may not create a database there. */
  readonly closedTablespace: string | null
  readonly isTemplate: boolean
  readonly hasLargeObjects: boolean
  readonly preparedTransactions: number
  readonly subscriptions: readonly string[]
  readonly slots: readonly string[]
  readonly publications: readonly string[]
  /** The roles with sessions that this role may not end. */
  readonly foreignSessions: readonly string[]
  readonly bytes: number
}

type OfServer = Omit<SwapFacts, keyof OfTarget | 'writer'>
type OfTarget = Pick<SwapFacts, 'database' | 'hasLargeObjects' | 'publications' | 'bytes'> & { oid: number }

/**
 * Reads these facts about the database of the session.
 * @param maintenance the session that would rename it, which may be of another role
 */
export async function readSwapFacts(session: Session, maintenance: Session = session): Promise<SwapFacts> {
  const { oid, ...own } = await session.queryOne<OfTarget & Record<string, unknown>>(TARGET_SQL)
  const readAs = (one: Session) => one.queryOne<OfServer & Record<string, unknown>>(SERVER_SQL, [oid])
  const ofServer = await readAs(maintenance)
  const writer = maintenance === session ? ofServer : await readAs(session)
  return { ...ofServer, ...own, writer }
}

const TARGET_SQL = `
SELECT d.oid::int8::float8 AS oid, d.datname::text AS database, EXISTS (SELECT FROM pg_largeobject_metadata) AS "hasLargeObjects",
  ARRAY(SELECT p.pubname::text FROM pg_publication p ORDER BY 1) AS publications, pg_database_size(d.oid)::float8 AS bytes
FROM pg_database d WHERE d.datname = current_database()`

const SERVER_SQL = `
WITH mine AS (SELECT * FROM pg_roles WHERE rolname = current_user)
SELECT current_user::text AS role, pg_get_userbyid(d.datdba)::text AS owner,
  mine.rolsuper OR mine.rolcreatedb AS "canCreateDatabases", pg_has_role(d.datdba, 'USAGE') AS "isOwner",
  pg_has_role(d.datdba, ${TO_BECOME_SQL}) AND NOT pg_has_role(d.datdba, 'USAGE') AS "isDormantOwner",
  pg_has_role(d.datdba, ${TO_BECOME_SQL}) AS "canBecomeOwner", d.datistemplate AS "isTemplate",
  CASE WHEN t.spcname <> 'pg_default' AND NOT has_tablespace_privilege(t.oid, 'CREATE') THEN t.spcname::text END AS "closedTablespace",
  (SELECT count(*)::int FROM pg_prepared_xacts x WHERE x.database = d.datname) AS "preparedTransactions",
  ARRAY(SELECT s.subname::text FROM pg_subscription s WHERE s.subdbid = d.oid ORDER BY 1) AS subscriptions,
  ARRAY(SELECT s.slot_name::text FROM pg_replication_slots s WHERE s.database = d.datname AND s.slot_type = 'logical' ORDER BY 1) AS slots,
  ARRAY(SELECT DISTINCT a.usename::text FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
    WHERE a.datid = d.oid AND NOT (mine.rolsuper OR NOT r.rolsuper AND (pg_has_role(r.oid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')))
    ORDER BY 1) AS "foreignSessions"
FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace, mine WHERE d.oid::int8 = $1`
