import { identifier } from '../../postgres/identifiers.ts'
import { findField, parsedJson, valuesAt } from './json-values.ts'

/** What a server said of a document, with the reason that it does not name: what JSON makes of some values of PostgreSQL. */
export function explainRejection(text: string, json: string): string {
  if (text.startsWith('Bad JSON')) return `${text}${overflowIn(json)}`
  const [, field] = /^Field `([^`]+)`/.exec(text) ?? []
  if (field === undefined) return text
  const reason = reasonOf(valuesAt(parsedJson(json), field.split('.')), text, field)
  return reason === undefined ? text : `${text} ${reason}`
}

function reasonOf(values: readonly unknown[], text: string, field: string): string | undefined {
  const name = field.split('.').at(-1)
  // What is within an object is no column.
  const column = name === field ? identifier(name) : undefined
  const removal = column === undefined ? '' : `select array_remove(${column}, NULL), or `
  if (values.some((value) => Array.isArray(value) && value.flat().includes(null))) {
    return /2 element array/.test(text)
      ? 'Its array has a null in it: select NULL instead of the array where a coordinate is missing.'
      : `Its array has a null in it: ${removal}add FILTER (WHERE … IS NOT NULL) to array_agg() or jsonb_agg().`
  }
  const scalars = values.flat()
  // As to_json() writes them: JSON has no such numbers.
  if (/\bmust be an? (array of )?(float|int32|int64)\b/.test(text) && scalars.some(isNotFinite))
    return `It is NaN or infinite, which is not a number in JSON: select NULL instead${asNull(column, values)}.`
  return undefined
}

/** The elements of an array, and what is within an object, have no name of their own. */
function asNull(column: string | undefined, values: readonly unknown[]): string {
  if (column === undefined || values.some(Array.isArray)) return ''
  return `: CASE WHEN ${column}::text NOT IN ('NaN', 'Infinity', '-Infinity') THEN ${column} END AS ${column}`
}

/** A numeric of PostgreSQL may be larger than any number that servers read. */
function overflowIn(json: string): string {
  const field = findField(
    parsedJson(json),
    (value) => value === Number.POSITIVE_INFINITY || value === -Number.POSITIVE_INFINITY,
  )
  if (field === undefined) return ''
  return `: the number in the field \`${field}\` is larger than a double precision number can be. Select it as text, or NULL instead.`
}

function isNotFinite(value: unknown): boolean {
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity'
}
