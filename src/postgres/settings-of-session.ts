import { identifier } from './identifiers.ts'
import type { Session } from './session.ts'

/** What a session is set to, by the names of the settings. */
export interface SessionState {
  readonly role: string
  readonly settings: ReadonlyMap<string, string>
}

/** Reads all settings that statements can change. */
export async function readSettings(session: Session): Promise<SessionState> {
  const [{ role }, rows] = await Promise.all([
    session.queryOne<{ role: string }>(`SELECT pg_catalog.current_setting('role') AS role`),
    session.query<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_catalog.pg_settings WHERE context OPERATOR(pg_catalog.=) ANY (ARRAY['user', 'superuser'])`,
    ),
  ])
  return { role, settings: new Map(rows.map(({ name, setting }) => [name, setting])) }
}

/** Sets back what differs, and who the session acts as. What is of the transaction alone ends with it anyway. */
export async function restoreSettings(session: Session, { role, settings }: SessionState): Promise<void> {
  await session.execute(
    `RESET SESSION AUTHORIZATION; SET ROLE ${role === 'none' ? 'NONE' : identifier(role)}`,
  )
  const now = await readSettings(session)
  const changed = [...settings].filter(([name, setting]) => now.settings.get(name) !== setting)
  await session.query(
    `SELECT pg_catalog.count(pg_catalog.set_config(s.name, s.setting, false))
     FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS s (name, setting)`,
    [changed.map(([name]) => name), changed.map(([, setting]) => setting)],
  )
}

/**
 * Takes back what else statements have set: a name with a dot is no setting of the server, and nothing lists it. Not for a transaction that has settings of its
 * own, which would then outlive it.
 */
export async function forgetSettings(session: Session): Promise<void> {
  await session.transaction('BEGIN', async () => {
    const known = await readSettings(session)
    await session.execute('RESET ALL')
    await restoreSettings(session, known)
  })
}
