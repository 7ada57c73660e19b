import { readFileSync, statSync } from 'node:fs'

/** What a password is looked up by. */
export interface PasswordFor {
  /** A socket directory has passwords under its own name, or as `localhost`. */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
}

/** What a password file has for a connection: without a password, why it was not read, if it is there. */
export type PasswordFile =
  | { readonly password: string }
  | { readonly password?: undefined; readonly problem?: PasswordFileProblem }

/** Why a password file is of no use, and what to do about it. */
export interface PasswordFileProblem {
  readonly what: string
  readonly hint: string
}

const WITHOUT_FILE = 'Or put the password into the URL (percent-encoded).'

/**
 * Looks into a password file as libpq does (https://www.postgresql.org/docs/current/libpq-pgpass.html): the first line that fits counts, and a file that others
 * may read is not used. The package `pgpass` asks the environment by itself and writes its warnings to stderr.
 */
export function readPasswordFile(path: string, wanted: PasswordFor): PasswordFile {
  let text: string
  try {
    const file = statSync(path)
    if (!file.isFile())
      return problemOf(
        `the password file ${path} is not a plain file`,
        'Name a file with passfile or PGPASSFILE.',
      )
    if (process.platform !== 'win32' && (file.mode & 0o077) !== 0)
      return problemOf(
        `the password file ${path} was not read, because other users have access to it`,
        'Give the file to the user who runs mbsync, and to no other: chmod 600.',
      )
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    return problemOf(
      `the password file ${path} cannot be read`,
      'Give the file to the user who runs mbsync, and to no other: chmod 600.',
    )
  }
  for (const line of text.split(/\r?\n/)) {
    const password = passwordOf(line, wanted)
    if (password !== undefined) return { password }
  }
  const { host, port, database, user } = wanted
  return problemOf(
    `no line of the password file ${path} is for host ${host}, port ${port}, database ${database} and user ${user}`,
    'A line is host:port:database:user:password, each as in the URL or *, with a backslash before : and \\.',
  )
}

function problemOf(what: string, hint: string): PasswordFile {
  return { problem: { what, hint: `${hint} ${WITHOUT_FILE}` } }
}

function passwordOf(line: string, { host, port, database, user }: PasswordFor): string | undefined {
  if (line.startsWith('#')) return undefined
  const [hosts, ports, databases, users, password] = fieldsOf(line)
  if (password === undefined) return undefined
  const hasHost = fits(hosts, host) || (host.startsWith('/') && fits(hosts, 'localhost'))
  const isMeant = hasHost && fits(ports, String(port)) && fits(databases, database) && fits(users, user)
  return isMeant ? unescaped(password) : undefined
}

/** A backslash stands before a colon that ends no field, and before a backslash. */
const FIELD = /((?:\\.|[^:\\])*)(:|$)/gy

function fieldsOf(line: string): string[] {
  const fields: string[] = []
  for (const [, field = '', end] of line.matchAll(FIELD)) {
    fields.push(field)
    if (end !== ':') break
  }
  return fields
}

function fits(field: string | undefined, value: string): boolean {
  return field === '*' || unescaped(field ?? '') === value
}

function unescaped(field: string): string {
  return field.replaceAll(/\\(.)/g, '$1')
}
