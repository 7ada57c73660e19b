import { closingOf, findTokens, splitList, sqlTokens } from '../core/sql-tokens.ts'
import { nameWithin } from './diff/name-within.ts'
import { quoteName } from './quote-name.ts'

/** A function as its identity and the statements that create it. */
interface Routine {
  readonly identity: string
  readonly create: readonly string[]
}

/**
 * Whether the text of a function may call another one: PostgreSQL does not know what such a text calls. Of several functions of that name, it is the one
 * with as many arguments, and with the types that the text says of them.
 * @param overloads the identities of functions that may have the same name
 */
export function mayCall(caller: Routine, called: string, overloads: readonly string[]): boolean {
  const [{ name }, own, text] = [partsOf(called), parametersOf(called), textOf(caller)]
  const calls = [...text.matchAll(callOf(name))]
  if (calls.length === 0) return false
  const others = overloads.filter((other) => other !== called && partsOf(other).name === name)
  return calls.some(({ 1: schema, 0: call, index }) => {
    const isOf = (identity: string) => schema === undefined || partsOf(identity).schema === asQuoted(schema)
    if (!isOf(called)) return false
    const given = givenTypes(text.slice(index + call.length - 1), caller)
    if (given === undefined) return true
    const candidates = [called, ...others.filter(isOf)].filter(
      (identity) => parametersOf(identity).length === given.length,
    )
    if (candidates.length === 0) return given.length <= own.length || own.at(-1)?.endsWith(']') === true
    const fitting = candidates.filter((identity) =>
      parametersOf(identity).every((type, at) => given[at] === undefined || given[at] === type),
    )
    return (fitting.length === 0 ? candidates : fitting).includes(called)
  })
}

const NAME = '"(?:[^"]|"")*"|[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*'

/** The name of a function before a parenthesis, with its schema if the text says it. */
function callOf(name: string): RegExp {
  const bare = name.replace(/[^\w"]/g, '\\$&')
  return new RegExp(`(?<![\\w$".])(?:(${NAME})\\s*\\.\\s*)?${bare}\\s*\\(`, 'gi')
}

function partsOf(identity: string): { readonly schema: string; readonly name: string } {
  const [schema = '', , name = ''] = sqlTokens(nameWithin(identity))
  return { schema, name }
}

/** As names are in identities. */
function asQuoted(name: string): string {
  return name.startsWith('"') ? name : quoteName(name.toLowerCase())
}

/** The part of the statement that follows the name of the function. */
function textOf({ create: [statement = ''] }: Routine): string {
  return statement.slice(statement.indexOf('('))
}

/** The types of the arguments that a function takes. */
function parametersOf(identity: string): string[] {
  const tokens = sqlTokens(identity)
  const open = tokens.indexOf('(')
  return splitList(tokens.slice(open + 1, closingOf(tokens, open)))
    .filter(([mode]) => mode !== 'OUT')
    .map((words) => typeOf(MODES.has(words[0] ?? '') ? words.slice(1) : words))
}

const MODES = new Set(['IN', 'INOUT', 'VARIADIC'])

/** The types of the arguments of a call; undefined for those that its text does not say. */
function givenTypes(call: string, caller: Routine): (string | undefined)[] | undefined {
  const tokens = findTokens(call.slice(0, LONGEST_CALL)).map(({ token }) => token)
  const close = closingOf(tokens, 0)
  if (close < 0) return undefined
  return splitList(tokens.slice(1, close)).map((words) => typeOfArgument(words, caller))
}

/** In characters. */
const LONGEST_CALL = 10_000

/** A cast, a parameter of the caller, or a whole number. */
function typeOfArgument(words: readonly string[], caller: Routine): string | undefined {
  const cast = words.lastIndexOf(':')
  const type = words.slice(cast + 1)
  const isCast = words[cast - 1] === ':' && isType(type) && !words.some((word) => OPERATOR.test(word))
  if (isCast) return typeOf(type)
  const [first = '', second] = words
  if (words.length === 2 && first === '$') return parametersOf(caller.identity)[Number(second) - 1]
  if (words.length !== 1) return undefined
  return /^\d+$/.test(first) ? 'integer' : namedParameters(caller).get(first.toLowerCase())
}

/** With one, a cast may be of only one side of it. */
const OPERATOR = /^[-+*/<>=~!@#%^&|?]/

/** Whether the words after a cast are all of its type, and not part of what the cast is in. */
function isType(words: readonly string[]): boolean {
  const count = (token: string) => words.filter((word) => word === token).length
  return words.every((word) => /^[\w"(),.[\]]/.test(word)) && count('(') === count(')')
}

function namedParameters(caller: Routine): ReadonlyMap<string, string> {
  const types = parametersOf(caller.identity)
  const tokens = sqlTokens(textOf(caller))
  const inputs = splitList(tokens.slice(1, closingOf(tokens, 0))).filter(([mode]) => mode !== 'OUT')
  return new Map(
    inputs.flatMap((words, at) => {
      const [name = ''] = words.filter((word) => !MODES.has(word))
      return types[at] === undefined ? [] : [[name.toLowerCase(), types[at]]]
    }),
  )
}

/** A type without its length, by the name that identities have. */
function typeOf(words: readonly string[]): string {
  const name = words.join(' ').replace(/ ?\( [\d ,]* \)/g, '')
  return name.replace(/^\w+(?=$| \[)/, (word) => SHORT[word.toLowerCase()] ?? word.toLowerCase())
}

const SHORT: Readonly<Record<string, string>> = {
  bool: 'boolean',
  char: 'character',
  decimal: 'numeric',
  float: 'double precision',
  float4: 'real',
  float8: 'double precision',
  int: 'integer',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  varchar: 'character varying',
}
