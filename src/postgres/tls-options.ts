import { readFileSync } from 'node:fs'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { ConnectionParameters } from '../core/database-url.ts'
import { FailedError } from '../core/errors.ts'
import type { SslMode } from '../core/ssl-mode.ts'

/**
 * What Node.js takes for a mode, with libpq's meaning: only the verify modes check, `require` with a root certificate checks it too.
 * @throws FailedError for a certificate file that cannot be read
 */
export function tlsOptions(mode: SslMode, parameters: ConnectionParameters): TlsOptions | false {
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
