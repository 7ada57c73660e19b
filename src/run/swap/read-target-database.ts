import type { Session } from '../../postgres/session.ts'
import type { DatabaseSetting } from '../../schema/database-details.ts'

/** The properties of a target's database, as the server knows them. */
export interface TargetDatabase {
  readonly name: string
  readonly oid: number
  readonly owner: string
  readonly tablespace: string
  /** -1 for no limit. */
  readonly connectionLimit: number
  readonly comment: string | null
  /** The privileges of roles on it; null stands for PUBLIC. */
  readonly grants: readonly {
    readonly role: string | null
    readonly privilege: string
    readonly isGrantable: boolean
  }[]
  /** `ALTER DATABASE … SET`, and `ALTER ROLE … IN DATABASE … SET`; `role` is null for the former. */
  readonly settings: readonly DatabaseSetting[]
}

/** Reads the properties of a database that are not stored inside it: of the session's database, or of one by its OID. */
export async function readTargetDatabase(session: Session, oid?: number): Promise<TargetDatabase> {
  return session.queryOne<TargetDatabase & Record<string, unknown>>(SQL, [oid ?? null])
}

const SQL = `
SELECT d.datname::text AS name, d.oid::int8::float8 AS oid, pg_get_userbyid(d.datdba)::text AS owner, t.spcname::text AS tablespace,
  d.datconnlimit AS "connectionLimit", shobj_description(d.oid, 'pg_database') AS comment,
  (SELECT coalesce(json_agg(json_build_object('role', r.rolname, 'privilege', a.privilege_type, 'isGrantable', a.is_grantable)), '[]')
   FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a LEFT JOIN pg_roles r ON r.oid = a.grantee
   WHERE a.grantee <> d.datdba AND (a.grantee = 0 OR r.oid IS NOT NULL)) AS grants,
  (SELECT coalesce(json_agg(json_build_object('role', r.rolname, 'name', split_part(c, '=', 1), 'value', substr(c, strpos(c, '=') + 1)) ORDER BY s.setrole, n), '[]')
   FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) WITH ORDINALITY AS u (c, n) LEFT JOIN pg_roles r ON r.oid = s.setrole
   WHERE s.setdatabase = d.oid) AS settings
FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE CASE WHEN $1::int8 IS NULL THEN d.datname = current_database() ELSE d.oid::int8 = $1::int8 END`
