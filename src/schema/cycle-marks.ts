import { findTokens } from '../core/sql-tokens.ts'

/**
 * Writes the marks of a CYCLE clause as constants that begin with their type. PostgreSQL writes `SET is_cycle TO 'Y'::text DEFAULT 'N'::text`, and does not
 * read that: it allows no cast there.
 */
export function keepCycleMarks(sql: string): string {
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
