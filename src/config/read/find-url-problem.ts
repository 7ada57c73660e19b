import { type ConnectionParameters, isDatabaseUrl, parseDatabaseUrl } from '../../core/database-url.ts'
import { enforcesTls, readSsl, type SslMode } from '../../core/ssl-mode.ts'
import { findParameterProblem, isKnownParameter } from './find-parameter-problem.ts'

const URL_FORM = 'must be a URL such as postgres://user:password@host:5432/database'
const ENCODE =
  'percent-encode special characters of the user name and password, such as %40 for @ and %23 for #'

/** A line of `.env`, or of what a host shows, instead of the value alone. */
const ASSIGNMENT = /^\s*(export\s+)?\w+\s*=\s*["']?postgres(ql)?:\/\//i

/** What is wrong with a database URL, without quoting any value of it; undefined if nothing is. */
export function findUrlProblem(url: string): string | undefined {
  if (ASSIGNMENT.test(url)) return `${URL_FORM}, without the name of a variable and = before it`
  const parameters = parseDatabaseUrl(url)
  if (parameters === undefined) return `${URL_FORM}${whyNotRead(url)}`
  // What other libraries take in a URL is ignored, such as Prisma's `schema`; a text with keywords is libpq's alone.
  if (!isDatabaseUrl(url) && [...parameters.keys()].some((name) => !isKnownParameter(name))) {
    return 'has a keyword that libpq does not know'
  }
  for (const [name, value] of parameters) {
    if (value.includes('\0')) return 'has %00, which nothing in PostgreSQL can be named with'
    const problem = findParameterProblem(name, value)
    if (problem !== undefined) return problem
  }
  return findContradiction(parameters)
}

/** What stands around a URL that is otherwise one, in words that follow the form that it must have. */
function whyNotRead(url: string): string {
  if (isDatabaseUrl(url)) return `; ${ENCODE}`
  if (/^\s*["'].*["']\s*$/s.test(url)) return ', without quotes around it'
  if (/^\s/.test(url)) return ', without blanks before it'
  if (/^[a-z_]+\s*=/.test(url))
    return '; what looks like a connection string is none: each keyword needs = and a value, and each quote its end'
  if (/^(jdbc:)?(postgres(ql)?|postgis|cockroachdb)(\+\w+)?:/i.test(url))
    return ', beginning with postgres:// or postgresql://, without the name of a driver'
  return ''
}

/** What is wrong with parameters together; undefined if nothing is. */
export function findContradiction(parameters: ConnectionParameters): string | undefined {
  const [hosts, ports] = ['host', 'port'].map((name) => (parameters.get(name) ?? '').split(',').length)
  if (ports !== 1 && ports !== hosts) return 'must name as many ports as hosts'
  const [least, most] = ['ssl_min_protocol_version', 'ssl_max_protocol_version'].map((name) =>
    parameters.get(name),
  )
  if (least && most && least > most)
    return 'has a larger ssl_min_protocol_version than ssl_max_protocol_version'
  return findTlsContradiction(parameters)
}

function findTlsContradiction(parameters: ConnectionParameters): string | undefined {
  const sslMode = parameters.get('sslmode') || undefined
  const ssl = parameters.get('ssl')
  const asked = ssl === undefined ? undefined : readSsl(ssl)
  if (asked !== undefined && sslMode !== undefined && contradict(asked, sslMode as SslMode))
    return 'has an ssl and an sslmode that contradict each other: remove ssl'
  const mode = sslMode ?? (asked === 'require' ? undefined : asked)
  if (parameters.get('sslrootcert') === 'system' && mode !== undefined && mode !== 'verify-full') {
    return 'has sslrootcert=system with a weaker sslmode than verify-full, which libpq refuses, too: use verify-full'
  }
  return undefined
}

/** `ssl=true` asks for encryption alone. */
function contradict(ssl: SslMode, sslMode: SslMode): boolean {
  if (ssl === 'require') return !enforcesTls(sslMode)
  return ssl !== sslMode
}
