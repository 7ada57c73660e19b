import { findTokens, splitList } from '../core/sql-tokens.ts'

/**
 * Adds the type of arrays that are cast as a whole. For `status IN ('a', 'b')` over a `varchar`, PostgreSQL casts an array of `varchar` to
 * `text[]`, and writes that as `(ARRAY['a'::character varying])::text[]`. When it reads this text, it casts each element instead. With the
 * type, `(ARRAY['a'::character varying]::character varying[])::text[]`, the expression stays the same.
 */
export function keepArrayTypes(sql: string, typeOfColumn: TypeOfColumn = () => undefined): string {
  return rewriteCasts(sql, ({ elements, list, ownType, castTo }) => {
    const type = ownType ?? typeOfAll(elements) ?? typeOfColumns(elements, typeOfColumn)
    return type === undefined ? undefined : `(ARRAY[${list}]::${type}[])::${castTo}[]`
  })
}

/** The type of a column of the table that a definition is of, by the name as it stands in the text. */
export type TypeOfColumn = (name: string) => string | undefined

/** The same for comparisons: a text that both ways of casting an array share. */
export function castElements(sql: string): string {
  return rewriteCasts(sql, ({ elements, castTo }) => {
    return `ARRAY[${elements.map((element) => `(${element})::${castTo}`).join(', ')}]`
  })
}

/** `(ARRAY[…])::type[]`, or `(ARRAY[…]::type[])::type[]`. */
interface ArrayCast {
  readonly elements: readonly string[]
  /** The elements, unchanged. */
  readonly list: string
  readonly ownType: string | undefined
  readonly castTo: string
}

interface Token {
  readonly token: string
  readonly at: number
}

function rewriteCasts(sql: string, rewrite: (cast: ArrayCast) => string | undefined): string {
  if (!sql.includes('(ARRAY[')) return sql
  const tokens = findTokens(sql)
  const pieces: string[] = []
  let written = 0
  for (let index = 0; index < tokens.length; index++) {
    const found = castAt(sql, tokens, index)
    const text = found === undefined ? undefined : rewrite(found.cast)
    if (found === undefined || text === undefined) continue
    pieces.push(sql.slice(written, tokens[index]?.at), text)
    written = endOf(tokens[found.last])
    index = found.last
  }
  return [...pieces, sql.slice(written)].join('')
}

function castAt(
  sql: string,
  tokens: readonly Token[],
  start: number,
): { readonly cast: ArrayCast; readonly last: number } | undefined {
  const is = (index: number, token: string) => tokens[index]?.token === token
  const { at = 0 } = tokens[start] ?? {}
  // The parentheses of a call follow its name.
  if (!is(start, '(') || !is(start + 1, 'ARRAY') || !is(start + 2, '[') || /[\w"]/.test(sql[at - 1] ?? ''))
    return undefined
  const bracket = closing(tokens, start + 2)
  const parenthesis = closing(tokens, start)
  if (bracket === undefined || parenthesis === undefined) return undefined
  const own = bracket + 1 === parenthesis ? undefined : typeAfter(sql, tokens, bracket)
  const cast = typeAfter(sql, tokens, parenthesis)
  if (cast === undefined || (bracket + 1 !== parenthesis && own?.last !== parenthesis - 1)) return undefined
  const inside = tokens.slice(start + 3, bracket)
  const textOf = (list: readonly Token[]) => sql.slice(list[0]?.at, endOf(list.at(-1)))
  const elements = splitTokens(inside).map(textOf)
  if (elements.length === 0) return undefined
  return { cast: { elements, list: textOf(inside), ownType: own?.type, castTo: cast.type }, last: cast.last }
}

/** `::type[]` after a token: the type of the elements, and the index of its last token. */
function typeAfter(
  sql: string,
  tokens: readonly Token[],
  index: number,
): { readonly type: string; readonly last: number } | undefined {
  if (tokens[index + 1]?.token !== ':' || tokens[index + 2]?.token !== ':') return undefined
  const first = index + 3
  let end = first
  let depth = 0
  for (; isOfType(tokens[end]?.token ?? '', depth); end++) {
    if (tokens[end]?.token === '(') depth++
    if (tokens[end]?.token === ')') depth--
  }
  if (end === first || tokens[end]?.token !== '[' || tokens[end + 1]?.token !== ']') return undefined
  return { type: sql.slice(tokens[first]?.at, endOf(tokens[end - 1])), last: end + 1 }
}

/** The parentheses of a type contain only numbers. Keywords that could follow are in capitals, and names with capitals have quotes. */
function isOfType(token: string, depth: number): boolean {
  return depth > 0
    ? /^(?:\d+|,|\))$/.test(token)
    : /^(?:[a-z_\u0080-\uffff][^A-Z]*|"[\s\S]*"|\.|\()$/.test(token)
}

/** The type that elements are cast to, without its length: columns among them have it without a cast. */
function typeOfAll(elements: readonly string[]): string | undefined {
  const types = new Set(elements.flatMap((element) => LAST_CAST.exec(element)?.[1] ?? []))
  const [type] = types
  return types.size === 1 ? type : undefined
}

/**
 * Columns alone have the type of the array, and its length, if they share both: with other lengths, no words make the server leave the columns as they are.
 * A column that is an array makes one of more dimensions.
 */
function typeOfColumns(elements: readonly string[], typeOfColumn: TypeOfColumn): string | undefined {
  const types = new Set(elements.map((element) => typeOfColumn(element.replace(/^(old|new)\./, ''))))
  const [type] = types
  return types.size !== 1 || type?.endsWith(']') ? undefined : type
}

const LAST_CAST =
  /::((?:"(?:[^"]|"")+"|[\w\u0080-\uffff]+)(?:[. ](?:"(?:[^"]|"")+"|[\w\u0080-\uffff]+))*)(?:\(\d+\))?$/

function closing(tokens: readonly Token[], start: number): number | undefined {
  let depth = 0
  for (let index = start; index < tokens.length; index++) {
    const { token = '' } = tokens[index] ?? {}
    if (token === '(' || token === '[') depth++
    if ((token === ')' || token === ']') && --depth === 0) return index
  }
  return undefined
}

function splitTokens(tokens: readonly Token[]): Token[][] {
  let next = 0
  return splitList(tokens.map(({ token }) => token)).map((part) => {
    const from = next
    next += part.length + 1
    return tokens.slice(from, from + part.length)
  })
}

function endOf(token: Token | undefined): number {
  return token === undefined ? 0 : token.at + token.token.length
}
