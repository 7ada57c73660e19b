import { literal } from '../../postgres/identifiers.ts'
import { withEscapes } from './with-escapes.ts'

/** A function of PostgreSQL takes 100 arguments. */
const PAIRS_AT_ONCE = 50

/**
 * The metadata of a row as `jsonb`: an object of SQL values by name. Whatever one row has in a column of type `json`, the others still get
 * theirs; and numbers have the form in which they come back from a store, so that both can be compared.
 */
export function metadataSql(metadata: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(metadata).map(([name, sql]) => `${literal(name)}, (${sql}\n)`)
  const objects: string[] = []
  for (let at = 0; at < pairs.length; at += PAIRS_AT_ONCE)
    objects.push(objectSql(pairs.slice(at, at + PAIRS_AT_ONCE)))
  return objects.length === 0 ? `'{}'::jsonb` : `(${objects.join(' || ')})`
}

/** OFFSET keeps the planner from computing the values once for each time that their text is looked at. */
function objectSql(pairs: readonly string[]): string {
  return `(SELECT CASE WHEN json ~ '\\.[0-9]*0' THEN ${WITHOUT_ZEROS_SQL} ELSE json END::jsonb
  FROM (
    SELECT CASE WHEN strpos(json, '\\u') = 0 THEN json ELSE ${withEscapes('json', withoutHalves)} END AS json
    FROM (SELECT json_build_object(${pairs.join(', ')})::text AS json OFFSET 0) AS made
    OFFSET 0
  ) AS readable)`
}

/** Strings are matched first, so that nothing in them is taken for a number: 1.50 is 1.5, and 1.00 is 1. */
const WITHOUT_ZEROS_SQL = `regexp_replace(json, '("(?:[^"\\\\]|\\\\.)*")|(\\.[0-9]*[1-9])0+(?![0-9])|\\.0+(?![0-9])', '\\1\\2', 'g')`

/**
 * The type `json` takes escapes that stand for no character, `jsonb` does not: NUL and halves of a surrogate pair become U+FFFD. A backslash
 * is hidden behind DEL here.
 */
function withoutHalves(hidden: string): string {
  const first = '\\u007fu[dD][89abAB]..'
  const second = '\\u007fu[dD][c-fC-F]..'
  const unreadable = `\\u007fu0000|${first}(?!${second})|(?<!${first})${second}`
  return `regexp_replace(${hidden}, '${unreadable}', E'\\x7fufffd', 'g')`
}
