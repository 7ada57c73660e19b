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
  | { readonly password?: undefined; readonly problem?: string }

/**
 * Looks into a password file as libpq does (https://www.postgresql.org/docs/current/libpq-pgpass.html): the first line that fits counts, and a file that others
 * may read is not used. The package `pgpass` asks the environment by itself and writes its warnings to stderr.
 */
export function readPasswordFile(path: string, wanted: PasswordFor): PasswordFile {
  let text: string
  try {
    const file = statSync(path)
    if (!file.isFile()) return { problem: `the password file ${path} is not a plain file` }
    if (process.platform !== 'win32' && (file.mode & 0o077) !== 0)
      return { problem: `the password file ${path} was not read, because other users have access to it` }
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    return { problem: `the password file ${path} cannot be read` }
  }
  for (const line of text.split(/\r?\n/)) {
    const password = passwordOf(line, wanted)
    if (password !== undefined) return { password }
  }
  return {}
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
