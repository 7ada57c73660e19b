/** What an SQL expression names, as far as this can be seen without a parser. */
export interface ExpressionWords {
  /** Words before a parenthesis: functions, and keywords such as COALESCE. */
  readonly calls: readonly { readonly schema: string | undefined; readonly name: string }[]
  /** Other words that are not quoted, in lower case. */
  readonly words: readonly string[]
  /** The contents of its string constants. */
  readonly strings: readonly string[]
  /** Operators that are qualified with a schema. */
  readonly operatorSchemas: readonly string[]
  /** Whether it has a parameter such as `$1`: outside strings and names, `$` has no other meaning. */
  readonly hasParameters: boolean
}

const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?\*\/)|(?<dollar>\$(?<tag>[\p{L}_][\p{L}\p{N}_]*)?\$[\s\S]*?\$(?:\k<tag>)?\$)|(?<escaped>[eE]'(?:[^'\\]|\\.|'')*')|(?<string>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*")|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<number>\d[\p{L}\p{N}_.]*)|(?<other>[^\s])/gu

interface Token {
  readonly kind: 'string' | 'name' | 'other'
  readonly text: string
  readonly isQuoted: boolean
}

/** Finds the words of an SQL expression. */
export function expressionWords(expression: string): ExpressionWords {
  const tokens = tokensOf(expression)
  const calls: { schema: string | undefined; name: string }[] = []
  const words: string[] = []
  const operatorSchemas: string[] = []
  for (const [at, { kind, text, isQuoted }] of tokens.entries()) {
    if (kind !== 'name') continue
    const isCall = tokens[at + 1]?.text === '(' && tokens[at + 1]?.kind === 'other'
    const isQualified = tokens[at - 1]?.text === '.' && tokens[at - 2]?.kind === 'name'
    if (isCall) calls.push({ schema: isQualified ? tokens[at - 2]?.text : undefined, name: text })
    else if (!isQuoted) words.push(text)
    if (isCall && text === 'operator' && tokens[at + 2]?.kind === 'name' && tokens[at + 3]?.text === '.')
      operatorSchemas.push(tokens[at + 2]?.text ?? '')
  }
  const strings = tokens.filter(({ kind }) => kind === 'string').map(({ text }) => text)
  const hasParameters = tokens.some(({ kind, text }) => kind === 'other' && text === '$')
  return { calls, words, strings, operatorSchemas, hasParameters }
}

/** The column that an expression consists of, if it is only a column of a table. */
export function bareColumnOf(
  expression: string,
  { table, columns }: { readonly table: string; readonly columns: readonly string[] },
): string | undefined {
  const tokens = tokensOf(expression)
  const isCall = tokens.some(
    ({ text, kind }, at) => kind === 'other' && text === '(' && tokens[at - 1]?.kind === 'name',
  )
  const rest = tokens.filter(({ kind, text }) => kind !== 'other' || (text !== '(' && text !== ')'))
  const isPath = rest.every(({ kind, text }, at) => (at % 2 === 0 ? kind === 'name' : text === '.'))
  const name = rest.at(-1)?.text
  const isOfTable = rest.length === 1 || rest.at(-3)?.text === table
  const isBare = !isCall && rest.length % 2 === 1 && isPath && isOfTable
  return isBare && name !== undefined && columns.includes(name) ? name : undefined
}

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = []
  for (const { groups = {} } of expression.matchAll(TOKEN)) {
    const { dollar, escaped, string, quoted, word, other } = groups
    const constant =
      dollar?.replaceAll(/^\$[^$]*\$|\$[^$]*\$$/g, '') ?? escaped?.slice(2, -1) ?? string?.slice(1, -1)
    if (constant !== undefined) tokens.push({ kind: 'string', text: constant, isQuoted: false })
    else if (quoted !== undefined)
      tokens.push({ kind: 'name', text: quoted.slice(1, -1).replaceAll('""', '"'), isQuoted: true })
    else if (word !== undefined) tokens.push({ kind: 'name', text: word.toLowerCase(), isQuoted: false })
    else if (other !== undefined) tokens.push({ kind: 'other', text: other, isQuoted: false })
  }
  return tokens
}
