import type pg from 'pg'
import { isCancelled, repeatIfCancelled } from './first-transaction.ts'
import { literal } from './identifiers.ts'

/** What a session is for: a source session can only read. */
export type SessionRole = 'source' | 'target'

interface Setting {
  readonly name: string
  readonly value: string
  /** The first `server_version_num` that knows the setting. */
  readonly since?: number
}

/**
 * Settings that fix the text form of values and keep server-side defaults from cutting a run short.
 * Databases and roles carry their own defaults of all of these, so every session pins every one.
 */
const PINNED: readonly Setting[] = [
  // What could cut the setting of the others short comes first.
  { name: 'statement_timeout', value: '0' },
  { name: 'transaction_timeout', value: '0', since: 170000 },
  { name: 'search_path', value: '' },
  { name: 'client_encoding', value: 'UTF8' },
  { name: 'standard_conforming_strings', value: 'on' },
  { name: 'DateStyle', value: 'ISO, MDY' },
  { name: 'IntervalStyle', value: 'postgres' },
  { name: 'TimeZone', value: 'UTC' },
  { name: 'timezone_abbreviations', value: 'Default' },
  { name: 'extra_float_digits', value: '3' },
  { name: 'bytea_output', value: 'hex' },
  { name: 'lc_monetary', value: 'C' },
  { name: 'xmloption', value: 'content' },
  { name: 'xmlbinary', value: 'base64' },
  { name: 'array_nulls', value: 'on' },
  { name: 'quote_all_identifiers', value: 'off' },
  { name: 'transform_null_equals', value: 'off' },
  { name: 'row_security', value: 'off' },
  // Functions of users that a mask or a condition calls may quote values in notices, which are not read here.
  { name: 'client_min_messages', value: 'error' },
  // Else the planner would look at check constraints, and call what they call.
  { name: 'constraint_exclusion', value: 'off' },
  { name: 'synchronize_seqscans', value: 'off' },
  { name: 'default_transaction_deferrable', value: 'off' },
  { name: 'default_transaction_isolation', value: 'read committed' },
  { name: 'default_tablespace', value: '' },
  { name: 'default_table_access_method', value: 'heap' },
  { name: 'jit', value: 'off' },
  { name: 'synchronous_commit', value: 'on' },
  { name: 'idle_in_transaction_session_timeout', value: '0' },
  { name: 'idle_session_timeout', value: '0', since: 140000 },
  { name: 'tcp_keepalives_idle', value: '60' },
  { name: 'tcp_keepalives_interval', value: '10' },
  { name: 'tcp_keepalives_count', value: '6' },
]

/** Makes the server notice within seconds that mbsync died, in the middle of a statement too. Not every platform has it. */
const NOTICE_LOST_CLIENT_SQL = `SET client_connection_check_interval = '1s'`

/** For a source: a view that was put into the place of a table is an error. Minor releases since August 2024 have it. */
const NO_VIEWS_SQL = `SET restrict_nonsystem_relation_kind = 'view, foreign-table'`

/** What differs between sessions. */
export interface SettingOptions {
  readonly role: SessionRole
  /** How long a lock is waited for. */
  readonly lockMs: number
}

/** What else a session is pinned with when it opens. */
export interface PinOptions extends SettingOptions {
  /** What pg_stat_activity shows. */
  readonly applicationName: string
}

/**
 * Pins a session. It must have been proven to be our own: a pooler would give what is set here to other clients.
 * @throws what node-postgres throws
 */
export async function pinSession(
  client: pg.Client,
  serverVersion: number,
  options: PinOptions,
): Promise<void> {
  // It is read by the rules of the database's defaults, so what comes from outside must not depend on encoding and backslashes.
  const applicationName = literal(options.applicationName.replaceAll(/[^ -~]|\\/g, '?'))
  const sql = `${sessionSettingsSql(serverVersion, options)}; SET application_name = ${applicationName}`
  const where = [serverVersion >= 140000 && NOTICE_LOST_CLIENT_SQL, options.role === 'source' && NO_VIEWS_SQL]
  const whereKnown = where.filter((setting) => setting !== false)
  await repeatIfCancelled(client, () =>
    Promise.all([client.query(sql), ...whereKnown.map((setting) => setIfKnown(client, setting))]),
  )
}

/** A setting that not every server or platform has. One that was cut short is not taken for unknown. */
async function setIfKnown(client: pg.Client, sql: string): Promise<void> {
  await client.query(sql).catch((error: unknown) => {
    if (isCancelled(error)) throw error
  })
}

/** One SQL text with everything that is the same in all sessions of a role. */
export function sessionSettingsSql(serverVersion: number, { role, lockMs }: SettingOptions): string {
  const settings = [
    ...PINNED,
    { name: 'default_transaction_read_only', value: role === 'source' ? 'on' : 'off' },
    { name: 'lock_timeout', value: String(lockMs) },
  ]
  return settings
    .filter((setting) => (setting.since ?? 0) <= serverVersion)
    .map((setting) => `SET ${setting.name} = ${literal(setting.value)}`)
    .join('; ')
}
