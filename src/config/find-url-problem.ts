const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']
const URL_FORM = 'must be a URL such as postgres://user:password@host:5432/database'
const ENCODE =
  'percent-encode special characters of the user name and password, such as %40 for @ and %23 for #'

/** What is wrong with a database URL, told without any part of it; undefined if nothing is. */
export function findUrlProblem(url: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(url)) return URL_FORM
  if (!URL.canParse(url)) return `${URL_FORM}; ${ENCODE}`
  const parsed = new URL(url)
  if (!isEncoded(parsed)) return `is not encoded as a URL must be; ${ENCODE}`
  return findParameterProblem(parsed.searchParams)
}

/** A raw `/`, `?` or `#` in a password ends the host early, and the rest of the password would pass for a database name. */
function isEncoded({ username, password, hostname, pathname, search, hash }: URL): boolean {
  if (hash !== '' || (username === '' && `${pathname}${search}`.includes('@'))) return false
  return [username, password, hostname, pathname].every(isDecodable)
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function findParameterProblem(parameters: URLSearchParams): string | undefined {
  const sslMode = parameters.get('sslmode')
  if (sslMode !== null && !SSL_MODES.includes(sslMode)) {
    return `has an unknown sslmode; use one of ${SSL_MODES.join(', ')}`
  }
  if (!/^\d{0,9}$/.test(parameters.get('connect_timeout') ?? '')) {
    return 'has a connect_timeout that is not a whole number of seconds'
  }
  return undefined
}
