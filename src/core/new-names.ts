import { findTokens } from './sql-tokens.ts'

/**
 * Words that are keywords only in some versions from 14 to 18. The other versions write them without quotes, and then these cannot read
 * them as a name in every place.
 */
export const NEW_KEYWORDS: ReadonlySet<string> = new Set(
  (
    'json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table ' +
    'json_value merge_action system_user'
  ).split(' '),
)

/**
 * Quotes names that are keywords only of newer servers, which an older one writes without quotes: a column `system_user` would become the function of that
 * name there, and nothing can follow a schema `json`. A name that is part of a qualified one has quotes on all servers then.
 */
export function quoteNewNames(sql: string): string {
  return rewriteTokens(sql, (token, { previous, next }) => {
    const isName = previous === '.' || next === '.' || (token === 'system_user' && next !== '(')
    return isName && NEW_KEYWORDS.has(token) ? `"${token}"` : token
  })
}

/** The same for comparisons: no quotes around any of them, also in literals that name an object. */
export function withoutNewQuotes(sql: string): string {
  return rewriteTokens(sql, (token, { cast }) => {
    if (token.startsWith("'") && NAMING.has(cast ?? '')) return rewriteTokens(token.slice(1, -1), bare)
    return bare(token)
  })
}

/** The types whose literals name an object. */
const NAMING = new Set(
  'class collation config dictionary namespace oper operator proc procedure role type'
    .split(' ')
    .map((kind) => `reg${kind}`),
)

function bare(token: string): string {
  const name = token.slice(1, -1)
  return token.startsWith('"') && NEW_KEYWORDS.has(name) ? name : token
}

/** Whether one of them occurs in a text, be it as a name or in some other way. */
export function mentionsNewName(text: string): boolean {
  return MENTIONS.test(text)
}

const MENTIONS = new RegExp([...NEW_KEYWORDS].join('|'))

/** The tokens around one: the type is that which follows as `::type`. */
interface Neighbours {
  readonly previous: string | undefined
  readonly next: string | undefined
  readonly cast: string | undefined
}

function rewriteTokens(sql: string, rewrite: (token: string, around: Neighbours) => string): string {
  if (!mentionsNewName(sql)) return sql
  const tokens = findTokens(sql)
  const pieces: string[] = []
  let written = 0
  for (const [index, { token, at }] of tokens.entries()) {
    const [previous, next, second, third] = [-1, 1, 2, 3].map((offset) => tokens[index + offset]?.token)
    const cast = next === ':' && second === ':' ? third : undefined
    pieces.push(sql.slice(written, at), rewrite(token, { previous, next, cast }))
    written = at + token.length
  }
  return [...pieces, sql.slice(written)].join('')
}
