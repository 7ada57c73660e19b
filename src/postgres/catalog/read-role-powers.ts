import type { Session } from '../session.ts'

/** Some objects that a role has power over: how many, and the first of them, ready to stand in SQL. */
export interface SomeObjects {
  readonly count: number
  readonly example: string
}

/** What the current role may do in its database and on its server beyond reading. */
export interface RolePowers {
  readonly role: string
  /** All that follows is true of a superuser. */
  readonly isSuperuser: boolean
  /** Predefined roles that it is a member of and that allow more than reading, and superusers. */
  readonly memberships: readonly string[]
  /** Such as CREATEROLE. */
  readonly attributes: readonly string[]
  readonly ownsDatabase: boolean
  readonly canCreateInDatabase: boolean
  readonly creatableSchemas: SomeObjects | undefined
  readonly ownedRelations: SomeObjects | undefined
  /** Tables of others in which it may do more than read. */
  readonly writableTables: SomeObjects | undefined
}

/** Reads what the current role may do beyond reading. */
export async function readRolePowers(session: Session): Promise<RolePowers> {
  const row = await session.queryOne<PowersRow>(POWERS_SQL)
  const { creatableSchemas, ownedRelations, writableTables, ...powers } = row
  return {
    ...powers,
    creatableSchemas: someOf(creatableSchemas),
    ownedRelations: someOf(ownedRelations),
    writableTables: someOf(writableTables),
  }
}

type ListedPower = 'creatableSchemas' | 'ownedRelations' | 'writableTables'

interface PowersRow
  extends Omit<RolePowers, ListedPower>,
    Record<ListedPower, readonly string[]>,
    Record<string, unknown> {}

function someOf(names: readonly string[]): SomeObjects | undefined {
  const [example] = names
  return example === undefined ? undefined : { count: names.length, example }
}

const POWERS_SQL = `
WITH me AS (SELECT * FROM pg_roles WHERE rolname = current_user),
become AS (SELECT r.* FROM pg_roles r, me WHERE NOT me.rolsuper AND r.oid <> me.oid AND pg_has_role(me.oid, r.oid, 'MEMBER')),
spaces AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
relations AS (
  SELECT c.oid, c.relkind, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
    pg_has_role(c.relowner, 'MEMBER') AS is_owned
  FROM pg_class c JOIN spaces n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
)
SELECT me.rolname::text AS role, me.rolsuper AS "isSuperuser",
  ARRAY(
    SELECT rolname::text FROM become
    WHERE rolsuper OR rolname IN ('pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files',
      'pg_write_all_data', 'pg_maintain', 'pg_signal_backend', 'pg_checkpoint', 'pg_create_subscription')
    ORDER BY 1
  ) AS memberships,
  ARRAY(
    SELECT attribute FROM (VALUES ('CREATEROLE', me.rolcreaterole), ('CREATEDB', me.rolcreatedb), ('REPLICATION', me.rolreplication))
      AS own (attribute, is_set) WHERE is_set
  ) AS attributes,
  (SELECT pg_has_role(datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()) AS "ownsDatabase",
  has_database_privilege(current_database(), 'CREATE') AS "canCreateInDatabase",
  ARRAY(
    SELECT quote_ident(nspname) FROM spaces WHERE has_schema_privilege(oid, 'CREATE') ORDER BY 1
  ) AS "creatableSchemas",
  ARRAY(SELECT name FROM relations WHERE is_owned ORDER BY 1) AS "ownedRelations",
  ARRAY(
    SELECT name FROM relations
    WHERE NOT is_owned AND relkind <> 'S'
      AND (has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER') OR has_any_column_privilege(oid, 'INSERT, UPDATE'))
    ORDER BY 1
  ) AS "writableTables"
FROM me`

/** The object ids of the tables with row-level security, whose policies bind the role unless it may bypass them. */
export async function readRowSecured(session: Session): Promise<ReadonlySet<number>> {
  const rows = await session.query<{ oid: number }>('SELECT oid FROM pg_class WHERE relrowsecurity')
  return new Set(rows.map(({ oid }) => oid))
}
