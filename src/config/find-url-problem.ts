import { type DatabaseUrl, parseDatabaseUrl } from '../core/database-url.ts'

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']
const URL_FORM = 'must be a URL such as postgres://user:password@host:5432/database'
const ENCODE =
  'percent-encode special characters of the user name and password, such as %40 for @ and %23 for #'

/** What is wrong with a database URL, without quoting any value of it; undefined if nothing is. */
export function findUrlProblem(url: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(url)) return URL_FORM
  if (/^\w+:\/\/([^@/?#]*@)?[^/?#]*,/.test(url))
    return 'names several hosts; mbsync connects to one: name the primary'
  const parsed = parseDatabaseUrl(url)
  if (parsed === undefined) return `${URL_FORM}; ${ENCODE}`
  if (parsed.host.includes(',')) return 'names several hosts; mbsync connects to one: name the primary'
  if (!/^\d{0,5}$/.test(parsed.port)) return 'has a port that is not a number'
  return findParameterProblem(parsed)
}

function findParameterProblem({ parameters }: DatabaseUrl): string | undefined {
  for (const [name, value] of parameters) {
    const problem = problemOf(name, value)
    if (problem !== undefined) return problem
  }
  const [least, most] = ['ssl_min_protocol_version', 'ssl_max_protocol_version'].map((name) =>
    parameters.get(name),
  )
  if (least !== undefined && most !== undefined && least > most) {
    return 'has a larger ssl_min_protocol_version than ssl_max_protocol_version'
  }
  const sslMode = parameters.get('sslmode')
  if (parameters.get('sslrootcert') === 'system' && sslMode !== undefined && sslMode !== 'verify-full') {
    return 'has sslrootcert=system with a weaker sslmode than verify-full, which libpq refuses, too: use verify-full'
  }
  return undefined
}

function problemOf(name: string, value: string): string | undefined {
  const rule = RULES.get(name)
  if (rule === undefined) {
    const known = name.toLowerCase()
    return RULES.has(known) || LOCATIONS.includes(known)
      ? `has a parameter that libpq writes in lower case: ${known}`
      : undefined
  }
  return rule(value)
}

/** They are read with the parts of the URL that they stand for. */
const LOCATIONS = ['user', 'password', 'host', 'port', 'dbname']

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

const SILENCE = 'remove it: `timeouts.silence` limits how long mbsync waits for a silent server'
const PROTOCOLS = ['3.0', 'latest']
const NO_GSS = 'remove it: mbsync does not use GSSAPI'
const NO_OAUTH = 'remove it: mbsync does not use OAuth'
const TLS_VERSIONS = ['TLSv1.2', 'TLSv1.3']

/**
 * Every parameter of a libpq URL (https://www.postgresql.org/docs/current/libpq-connect.html): one that is ignored could lead to another
 * server than the author of the URL meant, or to a weaker connection. What libpq does not know (such as Prisma's `schema`) is left alone.
 */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [
    'sslmode',
    (value) => {
      if (value === 'no-verify')
        return 'has the sslmode no-verify, which libpq does not know: write require, which means the same'
      return oneOf('sslmode', SSL_MODES)[1](value)
    },
  ],
  [
    'ssl',
    (value) =>
      value === 'true' ? undefined : 'has the parameter ssl, which only knows the value true: use sslmode',
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
  unsupported('service', 'write its host, port, user and database into the URL'),
  unsupported('servicefile', 'write the host, port, user and database of the service into the URL'),
  unsupported('passfile', 'name the file in the environment variable PGPASSFILE'),
  unsupported('hostaddr', 'write the address as the host'),
  unsupported('target_session_attrs', 'name the server that it would choose', 'any'),
  unsupported('load_balance_hosts', 'name one server', 'disable'),
  unsupported(
    'client_encoding',
    'remove it: mbsync chooses the encoding itself',
    'auto',
    'UTF8',
    'utf8',
    'UTF-8',
  ),
  unsupported('replication', 'remove it', 'false', 'off', 'no', '0'),
  unsupported('require_auth', 'use sslmode=verify-full, so that no other server is spoken to'),
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
