import type { RunRules } from '../../config/config.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { DatabaseSetting } from '../../schema/database-details.ts'
import { noteFinding } from '../../transfer/validate/finding.ts'
import { type SettingChange, settingChanges } from './write-database.ts'

/** The identity of a setting. Values may be secrets, and are not printed. */
type SettingKey = Pick<DatabaseSetting, 'role' | 'name'>

/**
 * Gives settings to a database, and removes others that it has.
 * @returns a note for each setting that the role may not give, or that the server does not accept
 */
export async function giveSettings(
  session: Session,
  { to }: Pick<RunRules, 'to'>,
  built: string,
  wanted: readonly DatabaseSetting[],
  present: readonly DatabaseSetting[] = [],
): Promise<Finding[]> {
  const failed: SettingKey[] = []
  for (const { setting, statements } of settingChanges(built, wanted, present))
    if (!(await isGiven(session, statements))) failed.push(setting)
  return coded(
    'swap',
    failed.map((setting) => notGiven(to.name, setting)),
  )
}

async function isGiven(session: Session, statements: SettingChange['statements']): Promise<boolean> {
  try {
    await session.executeEach(statements)
    return true
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.isConnectionLost) throw error
    return false
  }
}

/** Settings of a database that the role of the session will not be able to give to a new one, as far as this can be known. */
export async function judgeSettings(
  session: Session,
  { database }: { readonly database: string },
  { to }: Pick<RunRules, 'to'>,
): Promise<Finding[]> {
  const mayGrant = session.serverVersion >= 150000 ? `has_parameter_privilege(s.name, 'SET')` : 'false'
  const isAdmin = session.serverVersion >= 160000 ? `pg_has_role(s.role, 'MEMBER WITH ADMIN OPTION')` : 'true'
  const rows = await session.query<SettingKey & Record<string, unknown>>(
    `WITH mine AS (SELECT * FROM pg_roles WHERE rolname = current_user),
     s AS (SELECT s.setrole AS role, split_part(c, '=', 1) AS name FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS c
       WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = $1))
     SELECT r.rolname::text AS role, s.name FROM mine CROSS JOIN s LEFT JOIN pg_roles r ON r.oid = s.role LEFT JOIN pg_settings p ON lower(p.name) = lower(s.name)
     WHERE NOT mine.rolsuper AND NOT (
       (s.role = 0 OR s.role = mine.oid OR NOT r.rolsuper AND mine.rolcreaterole AND ${isAdmin})
       AND (coalesce(p.context = 'user', s.name = 'role' OR s.name LIKE '%.%') OR ${mayGrant}))
     ORDER BY 1 NULLS FIRST, 2`,
    [database],
  )
  return coded(
    'swap',
    rows.map((setting) => notGiven(to.name, setting)),
  )
}

function notGiven(target: string, { role, name }: SettingKey): Finding {
  const whose = role === null ? '' : ` of role "${role}"`
  const alter = role === null ? 'ALTER DATABASE … SET' : `ALTER ROLE ${identifier(role)} IN DATABASE … SET`
  return noteFinding(
    target,
    `setting "${name}"${whose} of the target cannot be given to the new database by this role: the new database does not have it`,
    `Have it set after the run by a superuser, or by a role that administers the other one: ${alter} ${name} TO …; pg_db_role_setting has the value of the previous database.`,
  )
}
