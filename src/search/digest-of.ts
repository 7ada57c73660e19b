import { createHash } from 'node:crypto'

/**
 * A hash of what a JSON text says: texts that differ in space, in the order of names or in how they write a character or a number
 * have the same, and so do those that differ in what is left out of their top level. Hexadecimal.
 */
export function digestOf(json: string, leftOut: ReadonlySet<string> = new Set()): string {
  const said: unknown = JSON.parse(exact(json))
  const kept = leftOut.size === 0 ? said : without(said as object, leftOut)
  return createHash('sha256')
    .update(JSON.stringify(inOrder(kept)))
    .digest('hex')
}

function without(document: object, leftOut: ReadonlySet<string>): object {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !leftOut.has(name)))
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, item]) => [name, inOrder(item)] as const)
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** Whole numbers beyond 2^53 would lose digits when they are parsed, so they become texts. */
function exact(json: string): string {
  if (!/\d{16}/.test(json)) return json
  return json.replace(STRING_OR_NUMBER, (token) => (/^-?\d{16,}$/.test(token) ? `"number ${token}"` : token))
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g
