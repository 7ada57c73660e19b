import { findTokens } from './diff/sql-tokens.ts'
import { NEW_KEYWORDS } from './read/quote-arguments.ts'

/**
 * Quotes names that are keywords only of newer servers, which an older one writes without quotes: a column `system_user` would become the function of that
 * name there, and nothing can follow a schema `json`.
 */
export function quoteNewNames(sql: string): string {
  return rewriteNames(sql, (token, next) =>
    NEW_KEYWORDS.has(token) && (next === '.' || (token === 'system_user' && next !== '('))
      ? `"${token}"`
      : token,
  )
}

/** The same for comparisons: no quotes around any of them. */
export function withoutNewQuotes(sql: string): string {
  return rewriteNames(sql, (token) => {
    const name = token.slice(1, -1)
    return token.startsWith('"') && NEW_KEYWORDS.has(name) ? name : token
  })
}

const MENTIONS = new RegExp([...NEW_KEYWORDS].join('|'))

function rewriteNames(sql: string, rewrite: (token: string, next: string | undefined) => string): string {
  if (!MENTIONS.test(sql)) return sql
  const tokens = findTokens(sql)
  const pieces: string[] = []
  let written = 0
  for (const [index, { token, at }] of tokens.entries()) {
    pieces.push(sql.slice(written, at), rewrite(token, tokens[index + 1]?.token))
    written = at + token.length
  }
  return [...pieces, sql.slice(written)].join('')
}
