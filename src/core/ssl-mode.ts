import type { ConnectionParameters } from './database-url.ts'

/** The values of libpq's `sslmode`, weakest first, and `no-verify` of node-postgres: TLS with any certificate. */
export const SSL_MODES = [
  'disable',
  'allow',
  'prefer',
  'no-verify',
  'require',
  'verify-ca',
  'verify-full',
] as const

/** How TLS is used. */
export type SslMode = (typeof SSL_MODES)[number]

/** What drivers other than libpq write as `ssl`. */
const BY_SSL: Readonly<Record<string, SslMode>> = {
  ...Object.fromEntries(SSL_MODES.map((mode) => [mode, mode])),
  true: 'require',
  1: 'require',
  on: 'require',
  false: 'disable',
  0: 'disable',
  off: 'disable',
}

/** The mode that `ssl` asks for; undefined for a value that no driver knows. */
export function readSsl(value: string): SslMode | undefined {
  return Object.hasOwn(BY_SSL, value) ? BY_SSL[value] : undefined
}

/** How TLS is to be used. Like libpq, the default is `prefer`. The authorities of the system vouch for many servers, so they must vouch for the name. */
export function sslModeOf(parameters: ConnectionParameters): SslMode {
  const mode = parameters.get('sslmode')
  if (mode !== undefined && mode !== '') return mode as SslMode
  const asked = readSsl(parameters.get('ssl') ?? '')
  if (parameters.get('sslrootcert') === 'system' && (asked === undefined || asked === 'require'))
    return 'verify-full'
  return asked ?? 'prefer'
}

/** Whether a mode always encrypts. */
export function enforcesTls(mode: SslMode): boolean {
  return SSL_MODES.indexOf(mode) >= SSL_MODES.indexOf('no-verify')
}
