import { splitList, sqlTokens } from '../../core/sql-tokens.ts'
import type { Pair } from './sides.ts'

/**
 * The statements that give an index the storage options of the source; undefined if more than these differ, or if they cannot be changed,
 * as for a partitioned table.
 */
export function alterIndexOptions({ source, target }: Pair): string[] | undefined {
  const [to, from] = [source, target].map(({ create: [statement = ''] }) => split(sqlTokens(statement)))
  if (to === undefined || from === undefined || to.rest !== from.rest || target.kind !== 'index')
    return undefined
  const reset = [...from.options.keys()].filter((name) => !to.options.has(name))
  const set = [...to.options].filter(([name, value]) => from.options.get(name) !== value)
  const alter = `ALTER ${target.identity}`
  return [
    ...(reset.length === 0 ? [] : [`${alter} RESET (${reset.join(', ')})`]),
    ...(set.length === 0 ? [] : [`${alter} SET (${set.map((option) => option.join(' = ')).join(', ')})`]),
  ]
}

/** Splits a definition into the storage options and the rest; undefined for an index of a partitioned table. */
function split(tokens: readonly string[]): { options: Map<string, string>; rest: string } | undefined {
  const outside = depths(tokens).map((depth) => depth === 0)
  if (tokens.some((token, at) => token === 'ON' && tokens[at + 1] === 'ONLY' && outside[at])) return undefined
  const start = tokens.findIndex((token, at) => token === 'WITH' && tokens[at + 1] === '(' && outside[at])
  if (start < 0) return { options: new Map(), rest: tokens.join(' ') }
  const length = outside.slice(start + 2).indexOf(true)
  const end = length < 0 ? tokens.length : start + 2 + length
  const parts = splitList(tokens.slice(start + 2, end - 1))
  return {
    options: new Map(parts.map(([name = '', , ...value]) => [name, value.join('')])),
    rest: [...tokens.slice(0, start), ...tokens.slice(end)].join(' '),
  }
}

/** The depth of open parentheses at each token. */
function depths(tokens: readonly string[]): number[] {
  let depth = 0
  return tokens.map((token) => {
    if (token === '(') depth++
    const own = depth
    if (token === ')') depth--
    return own
  })
}
