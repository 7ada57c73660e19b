/**
 * Splits SQL, as the server writes it, into words, numbers, quoted names, literals and single characters, without whitespace. So the
 * content of a name or literal is never mistaken for something else.
 */
export function sqlTokens(text: string): string[] {
  return text.match(TOKEN) ?? []
}

/** The same, with the position of each token. */
export function findTokens(text: string): { readonly token: string; readonly at: number }[] {
  return Array.from(text.matchAll(TOKEN), ({ 0: token, index: at }) => ({ token, at }))
}

/** The index of the parenthesis that closes the one at `open`. */
export function closingOf(tokens: readonly string[], open: number): number {
  let depth = 0
  return tokens.findIndex((token, index) => {
    if (index < open) return false
    if (token === '(') depth++
    if (token === ')') depth--
    return depth === 0
  })
}

/** Splits a list at commas that are not within parentheses or brackets. */
export function splitList(tokens: readonly string[]): string[][] {
  const parts: string[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token === '(' || token === '[') depth++
    if (token === ')' || token === ']') depth--
    if (token === ',' && depth === 0) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts.filter((part) => part.length > 0)
}

/** Literals with backslashes begin with E; dollars quote bodies; `.` and `::` are tokens of their own. */
const TOKEN =
  /[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?\$\1\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d+(?:\.\d+)?|\S/g

/** The name that an identifier means, without its quotes. */
export function unquoted(identifier = ''): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier
}
