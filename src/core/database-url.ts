/**
 * What a connection is made with, by the names of libpq: `host`, `port`, `user`, `password`, `dbname`, and whatever else is given. Of several
 * hosts, `host` and `port` are lists with commas, as in libpq. Holds credentials.
 */
export type ConnectionParameters = ReadonlyMap<string, string>

/** Whether a text is a URL of PostgreSQL by its beginning. */
export function isDatabaseUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text)
}

/**
 * Reads a `postgres://` URL, or a connection string of keywords and values, as libpq does: the host may be missing, also behind credentials
 * (`postgres://user@/database?host=/run/postgresql`), there may be several, and parameters such as `user` and `dbname` come before the parts of the URL.
 * @returns undefined for a text that is neither, or is not percent-encoded as it must be
 */
export function parseDatabaseUrl(text: string): ConnectionParameters | undefined {
  if (!isDatabaseUrl(text)) return parseConnectionString(text)
  // A secret that is kept in a file often ends with a line break.
  const parts = URL_PARTS.exec(text.trimEnd().replaceAll(/[\t\n\r]/g, ''))
  if (parts === null) return undefined
  const [, user = '', password = '', hosts = '', database = '', query = ''] = parts
  // A raw `/` or `?` in a password ends the hosts early, and the rest of the password would pass for a database name.
  if (user === '' && hosts !== '' && `${database}${query}`.includes('@')) return undefined
  const places = hosts.split(',').map((place) => PLACE.exec(place))
  try {
    const given = {
      user: decodeURIComponent(user),
      password: decodeURIComponent(password),
      host: list(places.map((place) => decodeURIComponent((place?.[1] ?? '').replace(/^\[|\]$/g, '')))),
      port: list(places.map((place) => place?.[2] ?? '')),
      dbname: decodeURIComponent(database),
    }
    if (places.includes(null)) return undefined
    return new Map([...Object.entries(given).filter(([, value]) => value !== ''), ...readParameters(query)])
  } catch {
    return undefined
  }
}

/** Writes parameters as a URL that {@link parseDatabaseUrl} reads again. */
export function formatDatabaseUrl(parameters: ConnectionParameters): string {
  const pairs = Array.from(
    parameters,
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  )
  return `postgres://?${pairs.join('&')}`
}

/** The user, the password, the hosts, the database and the parameters. The last `@` ends a password. */
const URL_PARTS = /^\w+:\/\/(?:([^:/?#]*)(?::([^/?#]*))?@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/

/** A host name, an address in brackets, or a percent-encoded socket directory; and a port. */
const PLACE = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/

/** Nothing is said by a list of nothing. */
function list(values: readonly string[]): string {
  return values.every((value) => value === '') ? '' : values.join(',')
}

/** Unlike a form's, a `+` stands for itself; of several parameters with one name the last one counts. */
function readParameters(query: string): [string, string][] {
  return query
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [decodeURIComponent(name), decodeURIComponent(value.join('='))]
    })
}

/** A keyword, and a value with or without quotes; a backslash stands before what stands for itself. */
const PAIR = /\s*([\w-]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/sy

/**
 * Reads a connection string of libpq, such as `host=db.example.com dbname=app password='it\'s'`.
 * @returns undefined for a text that is none
 */
function parseConnectionString(text: string): Map<string, string> | undefined {
  const parameters = new Map<string, string>()
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  PAIR.lastIndex = 0
  while (PAIR.lastIndex < trimmed.length) {
    const pair = PAIR.exec(trimmed)
    if (pair === null) return undefined
    const [, name = '', quoted, plain = ''] = pair
    parameters.set(name, (quoted ?? plain).replaceAll(/\\(.)/gs, '$1'))
  }
  return parameters
}
