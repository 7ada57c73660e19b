import { findTokens } from './diff/sql-tokens.ts'
import { CLAUSES, SET_OPERATIONS } from './query-clauses.ts'

/**
 * Says of columns of queries that end with a cast that they have no name. PostgreSQL leaves out the names that nothing can refer to, as of what follows
 * UNION in a subquery: it writes `NULL::integer` for NULL, reads that as a column named `int4`, and then writes `NULL::integer AS int4`.
 */
export function keepUnnamed(sql: string): string {
  return rewriteItems(sql, (item) => (item.castTo === undefined ? undefined : ` AS ${UNNAMED}`))
}

/** The same for comparisons: no name where it is that of the type, or stands for none. */
export function withoutTypeNames(sql: string): string {
  return rewriteItems(sql, ({ name, namedCastTo }) =>
    name !== undefined && (name === UNNAMED || unquoted(name) === nameOfType(namedCastTo)) ? '' : undefined,
  )
}

const UNNAMED = '"?column?"'

/** One column of a query, as far as it ends with a cast: `'b'::text`, or `'b'::text AS text`. */
interface Item {
  readonly castTo?: string | undefined
  readonly name?: string | undefined
  /** What the named expression is cast to. */
  readonly namedCastTo?: string | undefined
}

interface Token {
  readonly token: string
  readonly at: number
}

/** Replaces ` AS name` at the end of columns, or what is not there. */
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

/** Where the columns of all queries begin and end, in the order in which they end. */
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

/** What follows the columns of a query; names in capitals have quotes. */
const ENDS = new Set(['FROM', ...CLAUSES, ...SET_OPERATIONS, ';'])

/** The type that an expression is cast to as a whole. */
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

/** As `format_type` writes it: words, a schema, a length or precision, brackets. */
const TYPE =
  /^(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*|"(?:[^"]|"")*")(?:[ .](?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*|"(?:[^"]|"")*")|\(\d+(?:,\d+)?\))*(?:\[\])*$/

/** What PostgreSQL names a column after that is cast to a type: its own name, without schema, length and brackets. */
function nameOfType(type = ''): string {
  const plain = type.replace(/\[\]/g, '').replace(/\(\d+(?:,\d+)?\)/g, '')
  return (
    OWN_NAMES[plain] ?? unquoted(plain.replace(/^interval .*/, 'interval').replace(/^.*\.(?=[^.]*$)/, ''))
  )
}

/** Newer servers quote names of columns that older ones do not. */
function unquoted(name = ''): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
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
