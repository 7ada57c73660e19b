/**
 * Splits SQL as the server writes it into words, numbers, quoted names, literals and single characters, without the whitespace between them: so that what
 * stands within a name or a literal is never taken for something else.
 */
export function sqlTokens(text: string): string[] {
  return text.match(TOKEN) ?? []
}

/** The same with where each begins. */
export function findTokens(text: string): { readonly token: string; readonly at: number }[] {
  return Array.from(text.matchAll(TOKEN), ({ 0: token, index: at }) => ({ token, at }))
}

/** The parts of a list, split at commas that are not within parentheses or brackets. */
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

/** Literals with backslashes begin with E; dollars quote bodies; `.` and `::` are characters of their own. */
const TOKEN =
  /[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?\$\1\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d+(?:\.\d+)?|\S/g
