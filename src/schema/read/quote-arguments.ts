import { NEW_KEYWORDS } from '../../core/new-names.ts'
import { findTokens } from '../../core/sql-tokens.ts'

/** Quotes the names of arguments and result columns in the definition of a function, if a server of another version needs it. */
export function quoteArguments(definition: string): string {
  const tokens = findTokens(definition)
  const found: number[] = []
  for (const start of listsOf(tokens.map(({ token }) => token))) {
    let depth = 0
    for (let index = start; index < tokens.length; index++) {
      const { token = '' } = tokens[index] ?? {}
      if (token === '(') depth++
      if (token === ')' && --depth === 0) break
      if (depth !== 1 || (token !== '(' && token !== ',')) continue
      const at = MODES.has(tokens[index + 1]?.token ?? '') ? index + 2 : index + 1
      if (isName(tokens[at]?.token, tokens[at + 1]?.token)) found.push(at)
    }
  }
  return found.reverse().reduce((text, index) => {
    const { token = '', at = 0 } = tokens[index] ?? {}
    return `${text.slice(0, at)}"${token}"${text.slice(at + token.length)}`
  }, definition)
}

const MODES = new Set(['IN', 'OUT', 'INOUT', 'VARIADIC'])

/** Where the lists of arguments and of result columns begin. */
function listsOf(tokens: readonly string[]): number[] {
  const first = tokens.indexOf('(')
  const table = tokens.findIndex(
    (token, index) => index > first && token === 'TABLE' && tokens[index - 1] === 'RETURNS',
  )
  return [first, ...(table < 0 ? [] : [table + 1])].filter((index) => index >= 0)
}

/** A name is followed by its type; a type is followed by a default, brackets or nothing. */
function isName(token = '', next = ''): boolean {
  return NEW_KEYWORDS.has(token) && /^["\w]/.test(next) && next !== 'DEFAULT'
}
