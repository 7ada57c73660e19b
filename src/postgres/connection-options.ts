import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import pg, { type ClientConfig } from 'pg'
import { type DatabaseUrl, parseDatabaseUrl } from '../core/database-url.ts'
import { FailedError, UsageError } from '../core/errors.ts'

/** The `sslmode` values of libpq that mbsync honours. */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

/** What a PostgreSQL URL says, split into what node-postgres takes and how TLS is to be tried. */
export interface ConnectionOptions {
  readonly client: ClientConfig
  readonly sslMode: SslMode
  /** To be set on a session of our own: what comes with the connection stays on the connections of a pool. */
  readonly applicationName: string
  /** Where the URL points, without credentials: fit for messages. */
  readonly place: string
}

/**
 * Reads a `postgres://` URL with the parameters that libpq and mbsync share: see docs/CONFIGURATION.md. Like libpq, the default `sslmode` is
 * `prefer`. Parameters that mbsync does not support are refused by the configuration.
 * @throws UsageError for a text that is no PostgreSQL URL; FailedError for a certificate file that cannot be read
 */
export function connectionOptions(url: string, connectMs: number): ConnectionOptions {
  const { user, password, database: named, parameters, ...rest } = parseUrl(url)
  const { host, sslMode } = transportOf(url)
  const port = Number(rest.port || 5432)
  if (user === '') pg.defaults.user ??= nameOfThisUser()
  const database = named || user
  const seconds = Number(parameters.get('connect_timeout') ?? 0)
  const options = parameters.get('options')
  const client: ClientConfig = {
    host,
    port,
    connectionTimeoutMillis: seconds > 0 ? seconds * 1000 : connectMs,
    keepAlive: parameters.get('keepalives') !== '0',
    keepAliveInitialDelayMillis: Number(parameters.get('keepalives_idle') || 30) * 1000,
    ssl: host.startsWith('/') ? false : tlsOptions(sslMode, parameters),
    enableChannelBinding: parameters.get('channel_binding') === 'require',
    ...(database !== '' && { database }),
    ...(user !== '' && { user }),
    ...(password !== '' && { password }),
    ...(options !== undefined && { options }),
  }
  const applicationName =
    parameters.get('application_name') ?? parameters.get('fallback_application_name') ?? 'mbsync'
  return { client, sslMode, applicationName, place: `${host}:${port}/${database}` }
}

/**
 * Where a URL leads, and how TLS is to be tried. Reads no file.
 * @throws UsageError for a text that is no PostgreSQL URL
 */
export function transportOf(url: string): { readonly host: string; readonly sslMode: SslMode } {
  const { host, parameters } = parseUrl(url)
  const sslMode = (parameters.get('sslmode') ?? defaultSslMode(parameters)) as SslMode
  return { host: host || 'localhost', sslMode }
}

/** As in libpq, a role that is named nowhere is that of the user of this machine: cron has no USER, and some containers have no user at all. */
function nameOfThisUser(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

function parseUrl(url: string): DatabaseUrl {
  const parsed = parseDatabaseUrl(url)
  if (parsed !== undefined) return parsed
  throw new UsageError('A database URL is not a valid postgres:// URL', {
    hint: 'Write it as postgres://user:password@host:5432/database, with special characters in the password percent-encoded.',
  })
}

/** The authorities of the system vouch for many servers, so libpq insists on the name, too. */
function defaultSslMode(parameters: ReadonlyMap<string, string>): SslMode {
  if (parameters.get('sslrootcert') === 'system') return 'verify-full'
  return parameters.has('ssl') ? 'require' : 'prefer'
}

/** libpq's meaning of each mode: only the verify modes check, `require` with a root certificate checks it too. */
function tlsOptions(mode: SslMode, parameters: ReadonlyMap<string, string>): TlsOptions | false {
  if (mode === 'disable' || mode === 'allow') return false
  const rootCertificate = parameters.get('sslrootcert')
  const verifies =
    mode === 'verify-ca' || mode === 'verify-full' || (mode === 'require' && rootCertificate !== undefined)
  const file = (name: string) => {
    const path = parameters.get(name)
    return path === undefined || path === 'system' ? undefined : readCertificate(path)
  }
  const given = {
    ca: file('sslrootcert'),
    crl: file('sslcrl'),
    cert: file('sslcert'),
    key: file('sslkey'),
    passphrase: parameters.get('sslpassword'),
    minVersion: parameters.get('ssl_min_protocol_version'),
    maxVersion: parameters.get('ssl_max_protocol_version'),
  }
  return {
    rejectUnauthorized: verifies,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as TlsOptions),
  }
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new FailedError(`The certificate file ${path} cannot be read`, {
      hint: 'Check sslrootcert, sslcert, sslkey and sslcrl in the database URL.',
      cause,
    })
  }
}
