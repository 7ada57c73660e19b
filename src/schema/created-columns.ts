import { closingOf, splitList, sqlTokens } from '../core/sql-tokens.ts'

/**
 * The columns that the statement of a table creates; undefined where it gets others from a parent or a type, or it is no such statement. A dump knows its tables
 * by their statements alone.
 */
export function createdColumns([statement = '']: readonly string[]): string[] | undefined {
  const tokens = sqlTokens(statement)
  const open = tokens.indexOf('(')
  const close = closingOf(tokens, open)
  const isTable = /^CREATE (UNLOGGED )?TABLE /.test(statement) && open > 0
  if (!isTable || tokens.slice(0, open).includes('OF') || tokens[close + 1] === 'INHERITS') return undefined
  return splitList(tokens.slice(open + 1, close)).flatMap(([name = '', ...rest]) => {
    // A column of that name is quoted.
    if (name === 'CONSTRAINT' || rest.length === 0) return []
    return [name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name]
  })
}
