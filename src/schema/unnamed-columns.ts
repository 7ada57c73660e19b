import { findTokens, unquoted } from '../core/sql-tokens.ts'
import { CLAUSES, SET_OPERATIONS } from './query-clauses.ts'

/**
 * Marks columns of queries as unnamed if they end with a cast. PostgreSQL leaves out names that nothing can refer to, such as those of a
 * subquery after UNION. For NULL it writes `NULL::integer`, reads that as a column named `int4`, and then writes `NULL::integer AS int4`.
 */
export function keepUnnamed(sql: string): string {
  return rewriteItems(sql, (item) => (item.castTo === undefined ? undefined : ` AS ${UNNAMED}`))
}

/** The same for comparisons: no name if it is that of the type, or marks an unnamed column. */
export function withoutTypeNames(sql: string): string {
  return rewriteItems(sql, ({ name, namedCastTo }) =>
    name !== undefined && (name === UNNAMED || unquoted(name) === nameOfType(namedCastTo)) ? '' : undefined,
  )
}

const UNNAMED = '"?column?"'

/** One column of a query that ends with a cast: `'b'::text`, or `'b'::text AS text`. */
interface Item {
  readonly castTo?: string | undefined
  readonly name?: string | undefined
  /** The type that the named expression is cast to. */
  readonly namedCastTo?: string | undefined
}

interface Token {
  readonly token: string
  readonly at: number
}

/** Replaces ` AS name` at the end of columns, or adds it. */
function rewriteItems(sql: string, rewrite: (item: Item) => string | undefined): string {
  if (!sql.includes('SELECT') || !sql.includes('::')) return sql
  const tokens = findTokens(sql)
  const pieces: string[] = []
  let written = 0
  for (const { first, last } of findItems(tokens)) {
    const isNamed = tokens[last - 1]?.token === 'AS' && last - 1 > first
    const castTo = typeAtEnd(sql, tokens, first, isNamed ? last - 2 : last)
    if (castTo === undefined) continue
    const item = isNamed ? { name: tokens[last]?.token, namedCastTo: castTo } : { castTo }
    const text = rewrite(item)
    if (text === undefined) continue
    pieces.push(sql.slice(written, endOf(tokens[isNamed ? last - 2 : last])), text)
    written = endOf(tokens[last])
  }
  return [...pieces, sql.slice(written)].join('')
}

/** Where the columns of all queries begin and end, ordered by their ends. */
function findItems(tokens: readonly Token[]): { readonly first: number; readonly last: number }[] {
  const open: { depth: number; first: number }[] = []
  const found: { first: number; last: number }[] = []
  let depth = 0
  const end = (last: number) => {
    const item = open.at(-1)
    if (item !== undefined && item.first <= last) found.push({ first: item.first, last })
  }
  for (const [index, { token }] of tokens.entries()) {
    const isOfList = open.at(-1)?.depth === depth
    if (token === '(' || token === '[') depth++
    if (token === ')' || token === ']') depth--
    if (isOfList && depth < (open.at(-1)?.depth ?? 0)) {
      end(index - 1)
      open.pop()
    } else if (isOfList && token === ',') {
      end(index - 1)
      open.splice(-1, 1, { depth, first: index + 1 })
    } else if (isOfList && ENDS.has(token)) {
      end(index - 1)
      open.pop()
    }
    if (token === 'SELECT' && !NO_QUERY.has(tokens[index - 1]?.token ?? ''))
      open.push({ depth, first: index + 1 })
  }
  if (open.at(-1)?.depth === depth) end(tokens.length - 1)
  return found
}

/** The commands that policies and rules are for. */
const NO_QUERY = new Set(['FOR', 'ON'])

/** Tokens that can follow the columns of a query. Names in capitals have quotes. */
const ENDS = new Set(['FROM', ...CLAUSES, ...SET_OPERATIONS, ';'])

/** The type that a whole expression is cast to. */
function typeAtEnd(sql: string, tokens: readonly Token[], first: number, last: number): string | undefined {
  let depth = 0
  for (let index = last; index > first; index--) {
    const { token = '' } = tokens[index] ?? {}
    if (token === ')' || token === ']') depth++
    if (token === '(' || token === '[') depth--
    if (depth === 0 && token === ':') {
      if (tokens[index - 1]?.token !== ':') return undefined
      const type = sql.slice(tokens[index + 1]?.at, endOf(tokens[last]))
      return TYPE.test(type) ? type : undefined
    }
  }
  return undefined
}

/** In the form of `format_type`: words, a schema, a length or precision, brackets. */
const TYPE =
  /^(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*|"(?:[^"]|"")*")(?:[ .](?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*|"(?:[^"]|"")*")|\(\d+(?:,\d+)?\))*(?:\[\])*$/

/** The name that PostgreSQL gives to a column that is cast to a type: the name of the type, without schema, length and brackets. */
function nameOfType(type = ''): string {
  const plain = type.replace(/\[\]/g, '').replace(/\(\d+(?:,\d+)?\)/g, '')
  return (
    OWN_NAMES[plain] ?? unquoted(plain.replace(/^interval .*/, 'interval').replace(/^.*\.(?=[^.]*$)/, ''))
  )
}

const OWN_NAMES: Readonly<Record<string, string>> = {
  bigint: 'int8',
  'bit varying': 'varbit',
  boolean: 'bool',
  character: 'bpchar',
  'character varying': 'varchar',
  'double precision': 'float8',
  integer: 'int4',
  real: 'float4',
  smallint: 'int2',
  'time with time zone': 'timetz',
  'time without time zone': 'time',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
}

function endOf(token: Token | undefined): number {
  return token === undefined ? 0 : token.at + token.token.length
}
