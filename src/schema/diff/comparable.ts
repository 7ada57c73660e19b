import { sqlTokens } from '../../core/sql-tokens.ts'
import { restoredSql } from '../exact-sql.ts'
import { CLAUSES, SET_OPERATIONS } from '../query-clauses.ts'
import type { SchemaObject } from '../schema-object.ts'

/** From this version on, a view over one relation does not qualify its columns. */
const BARE_COLUMNS_SINCE = 160000

/**
 * The statements that create an object, as a text that two databases share exactly if the object is the same in both. If servers of
 * different versions write the same definition differently, the text has the form of the newer one.
 */
export function comparable(object: SchemaObject, ownVersion: number, otherVersion: number): string {
  const { kind } = object
  const isView = kind === 'view' || kind === 'materialized view'
  // A view that is part of a circle replaces its placeholder.
  const create = object.create.map((statement) =>
    restoredSql(statement.replace(/^CREATE OR REPLACE VIEW/, 'CREATE VIEW')),
  )
  const isOtherBare = otherVersion >= BARE_COLUMNS_SINCE
  if (!isView || ownVersion >= BARE_COLUMNS_SINCE === isOtherBare) return create.join(';\n')
  return create
    .map((statement) => (isOtherBare ? bareColumns(sqlTokens(statement)) : sqlTokens(statement)).join(' '))
    .join(' ; ')
}

/** Removes the relation's name before columns if a query reads one relation. Subqueries have it in all versions. */
function bareColumns(tokens: readonly string[]): string[] {
  const name = onlyRelation(tokens)
  if (name === undefined) return [...tokens]
  const isQuery: boolean[] = []
  return tokens.filter((token, index) => {
    if (token === '(') isQuery.push(QUERIES.has(tokens[index + 1] ?? ''))
    if (token === ')') isQuery.pop()
    if (isQuery.includes(true)) return true
    const isQualifier = (at: number) =>
      tokens[at] === name && tokens[at + 1] === '.' && tokens[at + 2] !== '*' && tokens[at - 1] !== '.'
    return !isQualifier(index) && !isQualifier(index - 1)
  })
}

const QUERIES = new Set(['SELECT', 'WITH', 'VALUES'])

/** The qualifier of columns in a query over one relation. */
function onlyRelation(tokens: readonly string[]): string | undefined {
  const outer = withoutParentheses(tokens)
  const from = outer.lastIndexOf('FROM')
  if (from < 0 || outer.some((token) => SET_OPERATIONS.includes(token))) return undefined
  const end = outer.findIndex((token, index) => index > from && CLAUSES.includes(token))
  const item = outer.slice(from + 1, end < 0 ? undefined : end)
  return item.includes(',') || item.includes('JOIN') ? undefined : item.at(-1)
}

function withoutParentheses(tokens: readonly string[]): string[] {
  let depth = 0
  return tokens.filter((token) => {
    if (token === '(') depth++
    const isOutside = depth === 0
    if (token === ')') depth--
    return isOutside
  })
}
