/** The name in what PostgreSQL calls an object, as statements have it: `app.f` of `FUNCTION app.f(integer)`. */
export function nameWithin(identity: string): string {
  return identity
    .replace(/^[A-Z ]+ /, '')
    .replace(/\(.*$/s, '')
    .trimEnd()
}
