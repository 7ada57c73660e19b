import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { ClientConfig } from 'pg'
import { type ConnectionParameters, parseDatabaseUrl } from '../core/database-url.ts'
import { FailedError, UsageError } from '../core/errors.ts'
import { type SslMode, sslModeOf } from '../core/ssl-mode.ts'
import { findPassword } from './find-password.ts'

/** One of the servers that a URL names, and what node-postgres takes to connect to it. */
export interface Server {
  readonly client: ClientConfig
  /** Where it is, without credentials: fit for messages. */
  readonly place: string
}

/** What a PostgreSQL URL says, split into what node-postgres takes and how TLS is to be tried. */
export interface ConnectionOptions {
  /** Those that the URL names, in its order. */
  readonly servers: readonly [Server, ...Server[]]
  /** Whether each connection begins with any of them. */
  readonly isShuffled: boolean
  /** Which of them will do. */
  readonly sessionAttributes: SessionAttributes
  readonly sslMode: SslMode
  /** To be set on a session of our own: what comes with the connection stays on the connections of a pool. */
  readonly applicationName: string
  /** Where the URL points, without credentials: fit for messages. */
  readonly place: string
  /** What must not be in a message, unless it is no secret there: from the URL, or found in a password file since. */
  readonly secrets: ReadonlySet<string>
}

/** libpq's `target_session_attrs`. */
export type SessionAttributes = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby'

/**
 * Reads a `postgres://` URL, or a connection string, with the parameters that libpq and mbsync share: see docs/CONNECTIONS.md. Nothing is taken
 * from the environment: the configuration has completed the URL, and refused the parameters that mbsync does not support.
 * @param otherDatabase the database to connect to instead of the one of the URL, with the password of that one
 * @throws UsageError for a text that is no PostgreSQL URL; FailedError for a certificate file that cannot be read
 */
export function connectionOptions(url: string, connectMs: number, otherDatabase?: string): ConnectionOptions {
  const parameters = parseUrl(url)
  const sslMode = sslModeOf(parameters)
  const user = parameters.get('user') || nameOfThisUser()
  const named = parameters.get('dbname') || user
  const database = otherDatabase ?? named
  const secrets = new Set(secretsOf(parameters).filter((secret) => secret !== user && secret !== database))
  const shared: ClientConfig = {
    user,
    database,
    connectionTimeoutMillis: connectTimeoutMs(parameters) ?? connectMs,
    keepAlive: parameters.get('keepalives') !== '0',
    keepAliveInitialDelayMillis: Number(parameters.get('keepalives_idle') || 30) * 1000,
    enableChannelBinding: parameters.get('channel_binding') === 'require',
    options: parameters.get('options') ?? '',
    sslnegotiation: 'postgres',
    client_encoding: 'UTF8',
  }
  const tls = tlsOptions(sslMode, parameters)
  const places = placesOf(parameters)
  const servers = places.map(({ host, port }): Server => {
    const ssl = host.startsWith('/') ? false : tls
    const password = () => findPassword(parameters, { host, port, database: named, user }, secrets)
    return { client: { ...shared, host, port, ssl, password }, place: `${host}:${port}/${database}` }
  })
  return {
    servers: servers as [Server, ...Server[]],
    isShuffled: parameters.get('load_balance_hosts') === 'random',
    sessionAttributes: (parameters.get('target_session_attrs') || 'any') as SessionAttributes,
    sslMode,
    applicationName:
      parameters.get('application_name') || parameters.get('fallback_application_name') || 'mbsync',
    place: `${places.map(({ host, port }) => `${host}:${port}`).join(',')}/${database}`,
    secrets,
  }
}

/** What a URL says that decides how safe a connection is. Reads no file. */
export interface Transport {
  readonly hosts: readonly string[]
  readonly sslMode: SslMode
}

/**
 * Where a URL leads, and how TLS is to be tried.
 * @throws UsageError for a text that is no PostgreSQL URL
 */
export function transportOf(url: string): Transport {
  const parameters = parseUrl(url)
  return { hosts: placesOf(parameters).map(({ host }) => host), sslMode: sslModeOf(parameters) }
}

/** Whether a URL names a database, as one that is to be written must. */
export function namesDatabase(url: string): boolean {
  return Boolean(parseUrl(url).get('dbname'))
}

/** A port counts for all hosts, or each has its own. */
function placesOf(parameters: ConnectionParameters): { readonly host: string; readonly port: number }[] {
  const [hosts = [], ports = []] = ['host', 'port'].map((name) => (parameters.get(name) ?? '').split(','))
  return hosts.map((host, index) => {
    return { host: host || 'localhost', port: Number((ports.length === 1 ? ports[0] : ports[index]) || 5432) }
  })
}

function connectTimeoutMs(parameters: ConnectionParameters): number | undefined {
  const seconds = Number(parameters.get('connect_timeout') ?? 0)
  return seconds > 0 ? seconds * 1000 : undefined
}

function secretsOf(parameters: ConnectionParameters): string[] {
  return ['password', 'sslpassword'].flatMap((name) => parameters.get(name) || [])
}

/** For a URL that no configuration has completed. */
function nameOfThisUser(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}

function parseUrl(url: string): ConnectionParameters {
  const parsed = parseDatabaseUrl(url)
  if (parsed !== undefined) return parsed
  throw new UsageError('A database URL is not a valid postgres:// URL', {
    hint: 'Write it as postgres://user:password@host:5432/database, with special characters in the password percent-encoded.',
  })
}

/**
 * What Node.js takes for a mode, with libpq's meaning: only the verify modes check, `require` with a root certificate checks it too.
 * @throws FailedError for a certificate file that cannot be read
 */
function tlsOptions(mode: SslMode, parameters: ConnectionParameters): TlsOptions | false {
  if (mode === 'disable' || mode === 'allow') return false
  const rootCertificate = parameters.get('sslrootcert') || undefined
  const verifies =
    mode === 'verify-ca' || mode === 'verify-full' || (mode === 'require' && rootCertificate !== undefined)
  const file = (name: string) => {
    const path = parameters.get(name) || 'system'
    return path === 'system' ? undefined : readCertificate(path)
  }
  const given = {
    ca: file('sslrootcert'),
    crl: file('sslcrl'),
    cert: file('sslcert'),
    key: file('sslkey'),
    passphrase: parameters.get('sslpassword'),
    minVersion: parameters.get('ssl_min_protocol_version') || undefined,
    maxVersion: parameters.get('ssl_max_protocol_version') || undefined,
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
