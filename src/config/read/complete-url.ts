import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type ConnectionParameters, formatDatabaseUrl, parseDatabaseUrl } from '../../core/database-url.ts'
import { findParameterProblem } from './find-parameter-problem.ts'
import { findContradiction, findUrlProblem } from './find-url-problem.ts'
import { readService } from './read-service.ts'

/** A URL that needs nothing else, or what is wrong, without any value: a sentence that goes on after the name of the URL. */
export type CompletedUrl = { readonly url: string } | { readonly problem: string }

type Variables = ReadonlyMap<string, string>

/**
 * Adds to a database URL what libpq would take from elsewhere: a service, the variables of the environment, the user of this machine and
 * the password file. What the URL says comes first. A database that is named nowhere stays unnamed.
 */
export function completeUrl(text: string, variables: Variables): CompletedUrl {
  const given = findUrlProblem(text) === undefined ? parseDatabaseUrl(text) : undefined
  if (given === undefined) return { problem: findUrlProblem(text) ?? '' }
  const parameters = new Map(given)
  const problem =
    addService(parameters, variables) ??
    addVariables(parameters, variables) ??
    addUser(parameters) ??
    findContradiction(parameters)
  if (problem !== undefined) return { problem }
  addPasswordFile(parameters, variables)
  return { url: isSame(given, parameters) ? text : formatDatabaseUrl(parameters) }
}

function isSame(a: ConnectionParameters, b: ConnectionParameters): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value)
}

function addService(parameters: Map<string, string>, variables: Variables): string | undefined {
  const name = parameters.get('service') || setValue(variables, 'PGSERVICE')
  const file = parameters.get('servicefile') || setValue(variables, 'PGSERVICEFILE')
  const isNamed = parameters.has('service')
  for (const own of ['service', 'servicefile']) parameters.delete(own)
  if (name === undefined) return undefined
  const service = readService(name, {
    file,
    home: homeOf(variables),
    systemFolder: setValue(variables, 'PGSYSCONFDIR'),
  })
  if ('problem' in service)
    return isNamed ? service.problem : `is completed by the variable PGSERVICE, which ${service.problem}`
  for (const [parameter, value] of service.parameters) {
    if (!parameters.has(parameter)) parameters.set(parameter, value)
  }
  return undefined
}

function addVariables(parameters: Map<string, string>, variables: Variables): string | undefined {
  for (const [variable, parameter] of LIBPQ_VARIABLES) {
    const value = setValue(variables, variable)
    if (value === undefined || isSaid(parameter, parameters)) continue
    const problem = findParameterProblem(parameter, value)
    if (problem !== undefined) return `is completed by the variable ${variable}, which ${problem}`
    parameters.set(parameter, value)
  }
  return undefined
}

/** Where a URL names its server, or how it uses TLS, a variable for another way to say the same has no say. */
function isSaid(parameter: string, parameters: ReadonlyMap<string, string>): boolean {
  if (parameters.has(parameter)) return true
  if (parameter === 'sslmode') return parameters.has('ssl')
  return parameter === 'passfile' && parameters.has('password')
}

/** As in libpq, a role that is named nowhere is that of the user of this machine: cron has no USER, and some containers have no user at all. */
function addUser(parameters: Map<string, string>): string | undefined {
  if (parameters.get('user')) return undefined
  try {
    parameters.set('user', userInfo().username)
    return undefined
  } catch {
    return 'names no user, and the user of this machine has no name: add it, or set PGUSER'
  }
}

function addPasswordFile(parameters: Map<string, string>, variables: Variables): void {
  if (parameters.get('password')) parameters.delete('passfile')
  else if (!parameters.get('passfile')) parameters.set('passfile', join(homeOf(variables), '.pgpass'))
}

function homeOf(variables: Variables): string {
  return setValue(variables, 'HOME') ?? homedir()
}

/** A variable that is empty is not set. */
function setValue(variables: Variables, name: string): string | undefined {
  return variables.get(name) || undefined
}

/** The variables that libpq takes what a connection leaves out from, and what each stands for (https://www.postgresql.org/docs/current/libpq-envars.html). */
const LIBPQ_VARIABLES: readonly (readonly [variable: string, parameter: string])[] = [
  // Not supported, and refused beside a host, too: there, libpq connects to this address and takes the host for TLS and passwords alone.
  ['PGHOSTADDR', 'hostaddr'],
  ['PGHOST', 'host'],
  ['PGPORT', 'port'],
  ['PGDATABASE', 'dbname'],
  ['PGUSER', 'user'],
  ['PGPASSWORD', 'password'],
  ['PGPASSFILE', 'passfile'],
  ['PGOPTIONS', 'options'],
  ['PGAPPNAME', 'application_name'],
  ['PGCONNECT_TIMEOUT', 'connect_timeout'],
  ['PGTARGETSESSIONATTRS', 'target_session_attrs'],
  ['PGLOADBALANCEHOSTS', 'load_balance_hosts'],
  ['PGSSLMODE', 'sslmode'],
  ['PGSSLROOTCERT', 'sslrootcert'],
  ['PGSSLCERT', 'sslcert'],
  ['PGSSLKEY', 'sslkey'],
  ['PGSSLCRL', 'sslcrl'],
  ['PGSSLCRLDIR', 'sslcrldir'],
  ['PGSSLCERTMODE', 'sslcertmode'],
  ['PGSSLMINPROTOCOLVERSION', 'ssl_min_protocol_version'],
  ['PGSSLMAXPROTOCOLVERSION', 'ssl_max_protocol_version'],
  ['PGSSLNEGOTIATION', 'sslnegotiation'],
  ['PGSSLCOMPRESSION', 'sslcompression'],
  ['PGSSLSNI', 'sslsni'],
  ['PGREQUIRESSL', 'requiressl'],
  ['PGREQUIREAUTH', 'require_auth'],
  ['PGREQUIREPEER', 'requirepeer'],
  ['PGCHANNELBINDING', 'channel_binding'],
  ['PGMINPROTOCOLVERSION', 'min_protocol_version'],
  ['PGMAXPROTOCOLVERSION', 'max_protocol_version'],
  ['PGGSSENCMODE', 'gssencmode'],
  ['PGKRBSRVNAME', 'krbsrvname'],
  ['PGGSSLIB', 'gsslib'],
  ['PGGSSDELEGATION', 'gssdelegation'],
]
