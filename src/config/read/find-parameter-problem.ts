import { readSsl, SSL_MODES } from '../../core/ssl-mode.ts'

/** What is wrong with one parameter of a connection, without its value; undefined if nothing is. It reads as a sentence that goes on. */
export function findParameterProblem(name: string, value: string): string | undefined {
  const rule = RULES.get(name)
  if (rule !== undefined) return rule(value)
  const known = name.toLowerCase()
  return RULES.has(known) ? `has a parameter that libpq writes in lower case: ${known}` : undefined
}

/** Whether libpq or mbsync knows a parameter of that name. */
export function isKnownParameter(name: string): boolean {
  return RULES.has(name)
}

type Rule = (value: string) => string | undefined

const anything: Rule = () => undefined

/** A parameter that libpq acts on and mbsync does not, but for the values that ask for nothing. */
function unsupported(name: string, advice = 'remove it', ...harmless: readonly string[]): [string, Rule] {
  return [
    name,
    (value) =>
      harmless.includes(value)
        ? undefined
        : `has the parameter ${name}, which mbsync does not support: ${advice}`,
  ]
}

function wholeNumber(name: string, unit: string): [string, Rule] {
  return [
    name,
    (value) => (/^\d{0,9}$/.test(value) ? undefined : `has a ${name} that is not a whole number of ${unit}`),
  ]
}

function oneOf(name: string, values: readonly string[]): [string, Rule] {
  return [
    name,
    (value) =>
      values.includes(value) ? undefined : `has an unknown ${name}; use one of ${values.join(', ')}`,
  ]
}

/** An empty one is the usual port. */
function isPort(text: string): boolean {
  return text === '' || (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535)
}

const SILENCE = 'remove it: `timeouts.silence` limits how long mbsync waits for a silent server'
const PROTOCOLS = ['3.0', 'latest']
const NO_GSS = 'remove it: mbsync does not use GSSAPI'
const NO_OAUTH = 'remove it: mbsync does not use OAuth'
const TLS_VERSIONS = ['TLSv1.2', 'TLSv1.3']

const SESSION_ATTRIBUTES = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby']

/**
 * Every parameter of a libpq URL (https://www.postgresql.org/docs/current/libpq-connect.html): one that is ignored could lead to another
 * server than the author of the URL meant, or to a weaker connection. What libpq does not know (such as Prisma's `schema`) is left alone.
 */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['user', anything],
  ['password', anything],
  [
    'host',
    (value) =>
      value.split(',').some((host) => host.startsWith('@'))
        ? 'names an abstract socket (@…), which mbsync does not support: name the directory of a socket, or a host'
        : undefined,
  ],
  [
    'port',
    (value) =>
      value.split(',').every(isPort) ? undefined : 'has an invalid port: the port must be 1 to 65535',
  ],
  ['dbname', anything],
  ['service', anything],
  ['servicefile', anything],
  ['passfile', anything],
  oneOf('target_session_attrs', SESSION_ATTRIBUTES),
  oneOf('load_balance_hosts', ['disable', 'random']),
  oneOf('sslmode', SSL_MODES),
  [
    'ssl',
    (value) =>
      readSsl(value) === undefined ? 'has an unknown value of ssl: use true, or sslmode' : undefined,
  ],
  ['sslcert', anything],
  ['sslkey', anything],
  ['sslpassword', anything],
  ['sslrootcert', anything],
  ['sslcrl', anything],
  oneOf('ssl_min_protocol_version', TLS_VERSIONS),
  oneOf('ssl_max_protocol_version', TLS_VERSIONS),
  oneOf('channel_binding', ['disable', 'prefer', 'require']),
  wholeNumber('connect_timeout', 'seconds'),
  ['application_name', anything],
  ['fallback_application_name', anything],
  ['options', anything],
  oneOf('keepalives', ['0', '1']),
  wholeNumber('keepalives_idle', 'seconds'),
  unsupported('hostaddr', 'write the address as the host instead'),
  unsupported(
    'client_encoding',
    'remove it: mbsync chooses the encoding itself',
    'auto',
    'UTF8',
    'utf8',
    'UTF-8',
  ),
  unsupported('replication', 'remove it', 'false', 'off', 'no', '0'),
  unsupported('require_auth', 'use sslmode=verify-full, which rejects any other server'),
  unsupported('requirepeer', 'connect over TCP with sslmode=verify-full'),
  unsupported('requiressl', 'use sslmode'),
  unsupported('sslnegotiation', 'remove it', 'postgres'),
  unsupported('sslcertmode', 'leave sslcert and sslkey out to send no certificate', 'allow'),
  unsupported('sslcrldir', 'name one file with sslcrl'),
  unsupported('sslcompression', 'remove it', '0'),
  unsupported('sslsni', 'remove it: mbsync sends the host name', '1'),
  unsupported('sslkeylogfile', 'remove it'),
  unsupported('min_protocol_version', 'remove it: mbsync speaks version 3.0', ...PROTOCOLS.slice(0, 1)),
  unsupported('max_protocol_version', 'remove it: mbsync speaks version 3.0', ...PROTOCOLS),
  unsupported('keepalives_interval', SILENCE),
  unsupported('keepalives_count', SILENCE),
  unsupported('tcp_user_timeout', SILENCE, '0'),
  unsupported('gssencmode', NO_GSS, 'prefer', 'disable'),
  unsupported('krbsrvname', NO_GSS),
  unsupported('gsslib', NO_GSS),
  unsupported('gssdelegation', NO_GSS, '0'),
  unsupported('scram_client_key', 'write the password'),
  unsupported('scram_server_key', 'write the password'),
  unsupported('oauth_issuer', NO_OAUTH),
  unsupported('oauth_client_id', NO_OAUTH),
  unsupported('oauth_client_secret', NO_OAUTH),
  unsupported('oauth_scope', NO_OAUTH),
])
