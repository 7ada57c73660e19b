import { isTrustedRoleSql } from '../../postgres/catalog/trusted-role.ts'
import type { Session } from '../../postgres/session.ts'
import { expressionWords } from './expression-words.ts'

/** Values that depend on the time or on the session. */
const OF_THE_MOMENT = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
  'current_user',
  'current_role',
  'session_user',
  'user',
  'current_catalog',
  'current_schema',
])

/** Texts that PostgreSQL reads as the current time. */
const MOMENT_TEXT = /^\s*(now|today|tomorrow|yesterday)\b/i

/** STABLE functions that depend only on their arguments, and on settings that mbsync keeps. */
const STEADY = new Set(
  'concat,concat_ws,format,to_char,to_date,to_timestamp,to_number,date_trunc,date_part,extract,timezone,date_bin,to_json,to_jsonb,row_to_json,json_build_object,json_build_array,jsonb_build_object,jsonb_build_array,json_agg,jsonb_agg,json_object_agg,jsonb_object_agg,array_to_string,array_to_json,string_to_array,string_agg,array_agg,quote_literal,quote_nullable,make_timestamptz,isfinite,date_add,date_subtract,text,varchar,bpchar,date,timestamp,timestamptz,time,timetz,interval,convert_to,convert_from,length,overlaps,to_tsvector,json_to_tsvector,jsonb_to_tsvector,numeric,generate_series'.split(
    ',',
  ),
)

/**
 * A function with a name that an expression calls. `age()` with one argument depends on the time, so all functions of that name are
 * refused.
 */
interface FoundFunction extends Record<string, unknown> {
  readonly name: string
  readonly schema: string
  readonly volatility: 'i' | 's' | 'v'
  readonly owner: string
  readonly isTrusted: boolean
}

/**
 * Why an SQL expression must not be a mask: it could give other values although the row has not changed, or call something that may do more
 * than read. Undefined if nothing is found. Reads only catalogs.
 * @param schemas where names are looked up, in addition to `pg_catalog`
 */
export async function findExpressionProblem(
  session: Session,
  expression: string,
  schemas: readonly string[] = [],
): Promise<string | undefined> {
  const { calls, words, strings, operatorSchemas, hasParameters } = expressionWords(expression)
  if (hasParameters) return 'has a parameter such as $1, which has no value'
  const word = [...words, ...calls.map(({ name }) => name)].find((each) => OF_THE_MOMENT.has(each))
  if (word !== undefined) return `uses ${word.toUpperCase()}, which has another value in each run`
  if (strings.some((text) => MOMENT_TEXT.test(text)))
    return "uses a text such as 'now', which has another value in each run"
  const known = ['pg_catalog', ...schemas]
  const operator = operatorSchemas.find((schema) => !known.includes(schema))
  if (operator !== undefined)
    return `calls an operator of schema ${operator}, which is not known to only read`
  const named = calls.flatMap(({ schema, name }) =>
    (schema === undefined ? known : [schema]).map((each) => ({ schema: each, name })),
  )
  const found = await session.query<FoundFunction>(functionsSql(session), [
    named.map(({ schema }) => schema),
    named.map(({ name }) => name),
  ])
  for (const { name, schema, volatility, owner, isTrusted } of found) {
    const shown = schema === 'pg_catalog' ? `${name}()` : `${schema}.${name}()`
    if (volatility === 'v')
      return `calls ${shown}, which is VOLATILE: it could write, or return another value in each run`
    if (volatility === 's' && !(schema === 'pg_catalog' && STEADY.has(name)))
      return `calls ${shown}, which is STABLE: it could return another value although the row has not changed`
    if (!isTrusted) return `calls ${shown} of role ${owner}, which would run with the rights of mbsync`
  }
  return undefined
}

/** All functions of these names. Only the parser knows which of them is meant. */
function functionsSql(session: Session): string {
  return `
SELECT DISTINCT p.proname::text AS name, n.nspname::text AS schema, p.provolatile::text AS volatility, pg_get_userbyid(p.proowner)::text AS owner,
  ${isTrustedRoleSql('p.proowner', session)} AS "isTrusted"
FROM unnest($1::text[], $2::text[]) AS c (schema, name)
JOIN pg_namespace n ON n.nspname = c.schema
JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = c.name
ORDER BY name, schema, volatility DESC`
}
