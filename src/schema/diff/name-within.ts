/** The name within an object's identity, in the form that statements use: `app.f` in `FUNCTION app.f(integer)`. */
export function nameWithin(identity: string): string {
  return identity
    .replace(/^[A-Z ]+ /, '')
    .replace(/\(.*$/s, '')
    .trimEnd()
}
