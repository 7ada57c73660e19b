import { readFileSync } from 'node:fs'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { ClientConfig } from 'pg'
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
 * Reads a `postgres://` URL with libpq's parameters `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `host`
 * (a socket directory), `connect_timeout` and `application_name`. Like libpq, the default `sslmode` is `prefer`.
 * @throws UsageError for a text that is no PostgreSQL URL; FailedError for a certificate file that cannot be read
 */
export function connectionOptions(url: string, connectMs: number): ConnectionOptions {
  const parsed = parseUrl(url)
  const parameters = parsed.searchParams
  const host = parameters.get('host') ?? (decodeURIComponent(unbracketed(parsed.hostname)) || 'localhost')
  const port = Number(parsed.port || parameters.get('port') || 5432)
  const database = decodeURIComponent(parsed.pathname.slice(1)) || decodeURIComponent(parsed.username)
  const sslMode = (parameters.get('sslmode') ?? 'prefer') as SslMode
  const seconds = Number(parameters.get('connect_timeout') ?? 0)
  const client: ClientConfig = {
    host,
    port,
    database,
    connectionTimeoutMillis: seconds > 0 ? seconds * 1000 : connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    ssl: host.startsWith('/') ? false : tlsOptions(sslMode, parameters),
  }
  const user = decodeURIComponent(parsed.username)
  const password = decodeURIComponent(parsed.password)
  if (user !== '') client.user = user
  if (password !== '') client.password = password
  const applicationName = parameters.get('application_name') ?? 'mbsync'
  return { client, sslMode, applicationName, place: `${host}:${port}/${database}` }
}

function parseUrl(url: string): URL {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError('A database URL is not a valid postgres:// URL', {
      hint: 'Write it as postgres://user:password@host:5432/database, with special characters in the password percent-encoded.',
    })
  }
  return new URL(url)
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** libpq's meaning of each mode: only the verify modes check, `require` with a root certificate checks it too. */
function tlsOptions(mode: SslMode, parameters: URLSearchParams): TlsOptions | false {
  if (mode === 'disable' || mode === 'allow') return false
  const rootCertificate = parameters.get('sslrootcert')
  const verifies =
    mode === 'verify-ca' || mode === 'verify-full' || (mode === 'require' && rootCertificate !== null)
  const options: TlsOptions = { rejectUnauthorized: verifies }
  if (mode !== 'verify-full') options.checkServerIdentity = () => undefined
  if (rootCertificate !== null && rootCertificate !== 'system') options.ca = readCertificate(rootCertificate)
  const certificate = parameters.get('sslcert')
  const key = parameters.get('sslkey')
  if (certificate !== null) options.cert = readCertificate(certificate)
  if (key !== null) options.key = readCertificate(key)
  return options
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new FailedError(`The certificate file ${path} cannot be read`, {
      hint: 'Check sslrootcert, sslcert and sslkey in the database URL.',
      cause,
    })
  }
}
