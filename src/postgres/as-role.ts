import { FailedError } from '../core/errors.ts'
import { isTrustedRoleSql } from './catalog/trusted-role.ts'
import { identifier, literal, relation } from './identifiers.ts'
import type { Row, Session } from './session.ts'
import { sessionSettingsSql } from './session-settings.ts'

/** Where the function stands for as long as it is called: no other session ever sees it. */
const AS_ROLE = relation({ schema: 'mbsync_landing', name: 'as_role' })

/**
 * Runs a statement that writes rows with the rights of another role, in the transaction that is open.
 * SET ROLE would not do: whatever code the statement runs could RESET ROLE. In a SECURITY DEFINER function PostgreSQL refuses that.
 * @returns how many rows it touched
 */
export async function executeAsRole(session: Session, role: string, sql: string): Promise<number> {
  const body = `DECLARE n bigint; BEGIN EXECUTE ${literal(sql)}; GET DIAGNOSTICS n = ROW_COUNT; ${FIRE_ALL} RETURN n; END`
  return whileDefined(session, role, 'bigint', body, async () => {
    const { n } = await session.queryOne<{ n: number } & Row>(`SELECT ${AS_ROLE}()::float8 AS n`)
    return n
  })
}

/**
 * The same for reading: `use` gets a SELECT of the same rows to use in statements of its own, which run with mbsync's rights.
 * @param columns the names and types of the columns, as SQL has them in a list of column definitions
 */
export async function selectAsRole<T>(
  session: Session,
  role: string,
  select: string,
  columns: readonly string[],
  use: (select: string) => Promise<T>,
): Promise<T> {
  const body = `BEGIN RETURN QUERY EXECUTE ${literal(select)}; ${FIRE_ALL} END`
  return whileDefined(session, role, 'SETOF record', body, () =>
    use(`SELECT * FROM ${AS_ROLE}() AS r (${columns.join(', ')})`),
  )
}

/** Before PostgreSQL 18, deferred triggers run with the rights of the role that commits. */
const FIRE_ALL = 'SET CONSTRAINTS ALL IMMEDIATE;'

async function whileDefined<T>(
  session: Session,
  role: string,
  returns: string,
  body: string,
  use: () => Promise<T>,
): Promise<T> {
  const before = await session.queryOne<Before & Row>(
    `SELECT current_setting('session_replication_role') AS replication, setting::float8 AS "lockMs"
     FROM pg_settings WHERE name = 'lock_timeout'`,
  )
  const owner = identifier(role)
  await session.execute(`SET LOCAL session_replication_role = replica;
    CREATE FUNCTION ${AS_ROLE}() RETURNS ${returns} LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ${literal(body)};
    GRANT EXECUTE ON FUNCTION ${AS_ROLE}() TO CURRENT_USER;
    GRANT CREATE ON SCHEMA mbsync_landing TO ${owner}; ALTER FUNCTION ${AS_ROLE}() OWNER TO ${owner}; REVOKE CREATE ON SCHEMA mbsync_landing FROM ${owner}`)
  const result = await use()
  await session.execute(leaveNothing(session, before))
  if (session.serverVersion < 180000) await refuseDeferred(session, role)
  return result
}

interface Before {
  readonly replication: string
  readonly lockMs: number
}

/**
 * What code of others may have left in the session and the transaction must not have a say in the statements that follow: settings, cursors
 * that a COMMIT would run on, and temporary objects, which come before those of PostgreSQL unless the search path says otherwise.
 */
function leaveNothing(session: Session, { replication, lockMs }: Before): string {
  return [
    'CLOSE ALL',
    sessionSettingsSql(session.serverVersion, { role: 'target', lockMs }),
    'SET search_path = pg_catalog, pg_temp',
    `SET LOCAL session_replication_role = ${literal(replication)}`,
    'DISCARD TEMP',
    `DROP FUNCTION ${AS_ROLE}()`,
  ].join('; ')
}

/** Code that a trigger ran may have deferred another one, which {@link FIRE_ALL} then has not reached. */
async function refuseDeferred(session: Session, role: string): Promise<void> {
  const [trigger] = await session.query<{ table: string; name: string }>(
    `SELECT t.tgrelid::regclass::text AS table, t.tgname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE t.tgdeferrable AND NOT t.tgisinternal AND t.tgenabled IN ('A', 'R')
       AND NOT ${isTrustedRoleSql('c.relowner', session)} LIMIT 1`,
  )
  if (trigger === undefined) return
  throw new FailedError(
    `${trigger.table}: its deferrable trigger "${trigger.name}" is enabled for replicas, too, and could run at the end of the transaction with more rights than those of ${role}`,
    {
      hint: 'Nothing has changed. Disable the trigger, or give the target the URL of the owner of the tables.',
    },
  )
}
