import { identifier } from '../../postgres/identifiers.ts'
import type { DocumentOutcome, IndexDocument } from '../search-index.ts'
import { cleanDocumentText } from './clean-text.ts'
import { FAILURE_HINTS, TypesenseFailure } from './failure.ts'
import { findField, parsedJson, valuesAt } from './json-values.ts'
import type { Transport } from './transport.ts'

/** Sends documents in one request, once; the outcomes are in their order. */
export async function importBatch(
  transport: Transport,
  collection: string,
  documents: readonly IndexDocument[],
): Promise<DocumentOutcome[]> {
  const query = new URLSearchParams({ action: 'upsert' })
  for (const [name, value] of Object.entries(transport.importParameters)) query.set(name, String(value))
  const reply = await transport.send({
    method: 'POST',
    path: `/collections/${encodeURIComponent(collection)}/documents/import?${query}`,
    body: documents.map(({ json }) => onOneLine(json)).join('\n'),
  })
  const lines = reply.split('\n').filter((line) => line.trim() !== '')
  // Result lines have no id: any other number of them says nothing about any document.
  if (lines.length !== documents.length) {
    throw broken(transport, `${lines.length} results for ${documents.length} documents`)
  }
  return lines.map((line, index) => outcomeOf(line, documents[index]?.json ?? '', transport))
}

/** A line feed outside of a JSON string is only space, but would make one document two. */
function onOneLine(json: string): string {
  return json.includes('\n') ? json.replaceAll('\n', ' ') : json
}

function outcomeOf(line: string, json: string, transport: Transport): DocumentOutcome {
  if (line === '{"success":true}') return { kind: 'indexed' }
  const { success, error } = parsed(line) ?? {}
  if (success === true) return { kind: 'indexed' }
  if (success !== false) throw broken(transport, 'a result that reports neither success nor failure')
  const text = typeof error === 'string' ? cleanDocumentText(error, json, transport.apiKey) : ''
  const reason = explainRejection(text, json)
  return { kind: 'rejected', error: reason || 'The server gives no reason.' }
}

function parsed(line: string): { readonly success?: unknown; readonly error?: unknown } | undefined {
  try {
    return JSON.parse(line) ?? undefined
  } catch {
    return undefined
  }
}

function broken({ place }: Transport, what: string): TypesenseFailure {
  return new TypesenseFailure('broken reply', `${place} answered an import with ${what}`, {
    hint: FAILURE_HINTS['broken reply'],
  })
}

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
