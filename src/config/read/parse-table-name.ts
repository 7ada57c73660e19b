import { unquoted } from '../../core/sql-tokens.ts'
import type { TableName } from '../../core/table-name.ts'
import { parseTablePattern } from '../../core/table-pattern.ts'

/**
 * Parses the name of one table as `schema.table`, where either half may stand in double quotes.
 * Unquoted halves keep their case, as in a pattern. Returns undefined for a glob or any other text.
 */
export function parseTableName(text: string): TableName | undefined {
  if (parseTablePattern(text) === undefined) return undefined
  const [schema, name] = text.match(/"(?:[^"]|"")+"|[^".]+/gu) ?? []
  if (schema === undefined || name === undefined || isGlob(schema) || isGlob(name)) return undefined
  return { schema: unquoted(schema), name: unquoted(name) }
}

function isGlob(half: string): boolean {
  return !half.startsWith('"') && /[*?]/.test(half)
}
