import type { Session } from '../../postgres/session.ts'
import type { DatabaseDetails } from '../database-details.ts'

/** Reads what is set for the database of the session, which every role may read, and its comment. */
export async function readDatabase(session: Session): Promise<DatabaseDetails> {
  return session.queryOne<DatabaseDetails & Record<string, unknown>>(
    `SELECT d.datname::text AS name, current_user::text AS "currentRole", shobj_description(d.oid, 'pg_database') AS comment,
       (SELECT coalesce(json_agg(json_build_object('role', r.rolname, 'name', split_part(c, '=', 1), 'value', substr(c, strpos(c, '=') + 1))
          ORDER BY r.rolname NULLS FIRST, split_part(c, '=', 1)), '[]')
        FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS c LEFT JOIN pg_roles r ON r.oid = s.setrole
        WHERE s.setdatabase = d.oid AND (s.setrole = 0 OR r.oid IS NOT NULL)) AS settings
     FROM pg_database d WHERE d.datname = current_database()`,
  )
}
