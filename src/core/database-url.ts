/** What a PostgreSQL URL says, decoded. Holds credentials. */
export interface DatabaseUrl {
  /** Empty where the URL names none. */
  readonly user: string
  readonly password: string
  /** A host name, an address without brackets, or a socket directory. Empty where the URL names none. */
  readonly host: string
  readonly port: string
  readonly database: string
  /** All other parameters by their names, as written; of several with one name the last one counts, as in libpq. */
  readonly parameters: ReadonlyMap<string, string>
}

/** A part that the WHATWG parser insists on and libpq does not. */
const NO_HOST = 'no-host'

/**
 * Reads a `postgres://` URL as libpq does: the host may be missing, also behind credentials (`postgres://user@/database?host=/run/postgresql`), and
 * parameters such as `user` and `dbname` come before the parts of the URL.
 * @returns undefined for a text that is no such URL, or is not percent-encoded as it must be
 */
export function parseDatabaseUrl(text: string): DatabaseUrl | undefined {
  if (!/^postgres(ql)?:\/\//.test(text)) return undefined
  const complete = text.replace(/^(\w+:\/\/[^@/?#]*@)(?=[:/?]|$)/, `$1${NO_HOST}`)
  if (!URL.canParse(complete)) return undefined
  const { username, password, hostname, port, pathname, search, hash } = new URL(complete)
  // A raw `/`, `?` or `#` in a password ends the host early, and the rest of the password would pass for a database name.
  if (hash !== '' || (username === '' && `${pathname}${search}`.includes('@'))) return undefined
  try {
    const parameters = readParameters(search)
    const take = (name: string, part: string) => {
      const value = parameters.get(name) ?? decodeURIComponent(part)
      parameters.delete(name)
      return value
    }
    return {
      user: take('user', username),
      password: take('password', password),
      host: take('host', hostname === NO_HOST ? '' : hostname.replace(/^\[|\]$/g, '')),
      port: take('port', port),
      database: take('dbname', pathname.slice(1)),
      parameters,
    }
  } catch {
    return undefined
  }
}

/** Unlike a form's, a `+` stands for itself. */
function readParameters(search: string): Map<string, string> {
  const pairs = search.slice(1).split('&').filter(Boolean)
  return new Map(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [decodeURIComponent(name), decodeURIComponent(value.join('='))]
    }),
  )
}
