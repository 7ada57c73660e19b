/** A keyword, and a value with or without quotes; a backslash stands before what stands for itself. */
const PAIR = /\s*([\w-]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/sy

/**
 * Reads a connection string of libpq, such as `host=db.example.com dbname=app password='it\'s'`.
 * @returns undefined for a text that is none
 */
export function parseConnectionString(text: string): Map<string, string> | undefined {
  const parameters = new Map<string, string>()
  const trimmed = text.trimEnd()
  if (text.startsWith(' ') || trimmed === '') return undefined
  PAIR.lastIndex = 0
  while (PAIR.lastIndex < trimmed.length) {
    const pair = PAIR.exec(trimmed)
    if (pair === null) return undefined
    const [, name = '', quoted, plain = ''] = pair
    parameters.set(name, (quoted ?? plain).replaceAll(/\\(.)/gs, '$1'))
  }
  return parameters
}
