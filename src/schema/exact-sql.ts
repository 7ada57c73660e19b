import { withoutNewQuotes } from '../core/new-names.ts'
import { findTokens } from '../core/sql-tokens.ts'
import { castElements, keepArrayTypes, type TypeOfColumn } from './array-casts.ts'
import { keepUnnamed, withoutTypeNames } from './unnamed-columns.ts'

/** Changes SQL, as the server writes it, so that the server reads it as exactly what it has. What it writes then is the same, too. */
export function exactSql(sql: string, typeOfColumn?: TypeOfColumn): string {
  return keepCycleMarks(keepFields(keepUnnamed(keepArrayTypes(sql, typeOfColumn))))
}

/** A text that is the same for SQL and for what it becomes when a server reads it as it was written, as from a dump. */
export function restoredSql(sql: string): string {
  return castElements(withoutTypeNames(lowerFields(withoutNewQuotes(sql))))
}

/** Whether two expressions or statements are the same, or one is what the other became in a dump. */
export function isSameSql(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one === other || restoredSql(one) === restoredSql(other)
}

/**
 * Quotes fields that are not in lower case. For `extract('YEAR' from d)`, PostgreSQL writes `EXTRACT(YEAR FROM d)`, and reads that as
 * `year`.
 */
function keepFields(sql: string): string {
  return rewriteFields(sql, (field) => (/^\w*[A-Z]\w*$/.test(field) ? `'${field}'` : field))
}

/** The same for comparisons: all fields in lower case. */
function lowerFields(sql: string): string {
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

/**
 * Writes the marks of a CYCLE clause as constants that begin with their type. PostgreSQL writes `SET is_cycle TO 'Y'::text DEFAULT 'N'::text`, and does not
 * read that: it allows no cast there.
 */
function keepCycleMarks(sql: string): string {
  if (!/\bCYCLE\b/.test(sql)) return sql
  const tokens = findTokens(sql)
  const pieces: string[] = []
  let written = 0
  for (const [index, { token, at }] of tokens.entries()) {
    if (token !== 'TO' && token !== 'DEFAULT') continue
    const [literal, ...after] = tokens.slice(index + 1)
    const end = after.findIndex((next) => next.token === (token === 'TO' ? 'DEFAULT' : 'USING'))
    const [colon, other, first] = after
    if (
      literal === undefined ||
      first === undefined ||
      end < 3 ||
      colon?.token !== ':' ||
      other?.token !== ':'
    )
      continue
    if (
      !isOfCycle(
        tokens.slice(0, index).map((before) => before.token),
        token,
      )
    )
      continue
    const last = after[end - 1] ?? first
    const type = sql.slice(first.at, last.at + last.token.length)
    pieces.push(sql.slice(written, at), `${token} ${type} ${literal.token}`)
    written = last.at + last.token.length
  }
  return [...pieces, sql.slice(written)].join('')
}

/** Whether a mark follows `CYCLE columns SET column`, and a default another mark. */
function isOfCycle(before: readonly string[], word: string): boolean {
  const set = before.lastIndexOf('SET')
  const cycle = before.lastIndexOf('CYCLE')
  if (cycle < 0 || set < cycle) return false
  return word === 'TO' ? set === before.length - 2 : before[set + 2] === 'TO'
}
