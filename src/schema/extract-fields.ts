import { findTokens } from '../core/sql-tokens.ts'

/**
 * Quotes fields that are not in lower case. For `extract('YEAR' from d)`, PostgreSQL writes `EXTRACT(YEAR FROM d)`, and reads that as
 * `year`.
 */
export function keepFields(sql: string): string {
  return rewriteFields(sql, (field) => (/^\w*[A-Z]\w*$/.test(field) ? `'${field}'` : field))
}

/** The same for comparisons: all fields in lower case. */
export function lowerFields(sql: string): string {
  return rewriteFields(sql, (field) => field.replace(/^'(\w+)'$/, '$1').toLowerCase())
}

function rewriteFields(sql: string, rewrite: (field: string) => string): string {
  if (!sql.includes('EXTRACT(')) return sql
  const tokens = findTokens(sql)
  const pieces: string[] = []
  let written = 0
  for (const [index, { token, at }] of tokens.entries()) {
    const around = [tokens[index - 2], tokens[index - 1], tokens[index + 1]].map((other) => other?.token)
    if (around.join(' ') !== 'EXTRACT ( FROM') continue
    pieces.push(sql.slice(written, at), rewrite(token))
    written = at + token.length
  }
  return [...pieces, sql.slice(written)].join('')
}
