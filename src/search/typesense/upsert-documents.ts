import { findIdProblem } from '../../core/find-id-problem.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { DocumentOutcome, IndexDocument } from '../search-index.ts'
import type { BatchPace } from './batch-pace.ts'
import { cleanDocumentText } from './clean-text.ts'
import { FAILURE_HINTS, isFailure, TypesenseFailure } from './failure.ts'
import type { OverflowCheck } from './find-overflow.ts'
import { findField, parsedJson, valuesAt } from './json-values.ts'
import type { Transport } from './transport.ts'
import type { WriteOrder } from './write-order.ts'

/** Documents that are still to be sent, from `start` on and before `end`. */
interface Range {
  readonly start: number
  readonly end: number
}

/** Documents to send to a collection, and when they may be written. */
interface WantedUpsert {
  readonly collection: string
  readonly documents: readonly IndexDocument[]
  readonly order: WriteOrder
}

/** An upsert that is under way. */
interface Upsert extends WantedUpsert {
  readonly outcomes: DocumentOutcome[]
  /** The next one first. */
  readonly ranges: Range[]
}

/** Sends documents, and gives the outcome of each; those whose ids could not be deleted again, or whose numbers no filter would find, are not sent. */
export async function upsertDocuments(
  transport: Transport,
  pace: BatchPace,
  { findOverflow, ...wanted }: WantedUpsert & { readonly findOverflow: OverflowCheck },
): Promise<DocumentOutcome[]> {
  const { documents } = wanted
  const problems = documents.map(({ id, json }) => findIdProblem(id) ?? findOverflow(json))
  const sendable = documents.filter((_, at) => problems[at] === undefined)
  const outcomes = await sendInBatches(transport, pace, { ...wanted, documents: sendable })
  for (const [at, error] of problems.entries())
    if (error !== undefined) outcomes.splice(at, 0, { kind: 'rejected', error })
  return outcomes
}

/**
 * Sends documents in batches as large as the server bears, until each has an outcome. A batch that is refused as a whole is split
 * until the document that causes it is alone.
 */
async function sendInBatches(
  transport: Transport,
  pace: BatchPace,
  wanted: WantedUpsert,
): Promise<DocumentOutcome[]> {
  const end = wanted.documents.length
  const upsert: Upsert = { ...wanted, outcomes: [], ranges: end === 0 ? [] : [{ start: 0, end }] }
  // Each batch that gets through is progress, after which all attempts are left again.
  while (upsert.ranges.length > 0) await transport.repeat(() => sendNext(transport, pace, upsert))
  return upsert.outcomes
}

async function sendNext(transport: Transport, pace: BatchPace, upsert: Upsert): Promise<void> {
  const [range] = upsert.ranges
  if (range === undefined) return
  const middle = range.start + pace.fit(upsert.documents, range.start, range.end)
  const batch = upsert.documents.slice(range.start, middle)
  await upsert.order(upsert.collection)
  try {
    const outcomes = await importBatch(transport, upsert.collection, batch)
    pace.grow()
    settle(upsert, outcomes)
  } catch (error) {
    if (isFailure(error, ...PRESSURE)) pace.shrink(batch)
    // What is too large or wrong stays so: no attempt is lost on it.
    if (!isFailure(error, 'too large') && !isWhollyRefused(error)) throw error
    if (batch.length === 1) settle(upsert, [rejectionOf(error, batch[0], transport.apiKey)])
    else split(upsert.ranges, middle, range.start + Math.floor(batch.length / 2))
  }
}

/** A proxy that takes no large bodies may break the connection before its answer is read. */
const PRESSURE = ['lagging', 'rate limited', 'timeout', 'network', 'too large'] as const

/** Only the server itself can mean documents. What a proxy or a firewall answers, or the server about a parameter, holds for every request. */
function isWhollyRefused(error: unknown): error is TypesenseFailure {
  if (!isFailure(error, 'refused') || error.httpStatus !== 400) return false
  return error.serverText !== undefined && !OF_REQUEST.test(error.serverText)
}

const OF_REQUEST = /^(?:Parameter |Bad Request\b)/i

/** Keeps the outcomes of the documents that are next, which are so no longer. */
function settle({ ranges, outcomes }: Upsert, settled: readonly DocumentOutcome[]): void {
  outcomes.push(...settled)
  const [range] = ranges
  if (range === undefined) return
  const start = range.start + settled.length
  if (start < range.end) ranges[0] = { start, end: range.end }
  else ranges.shift()
}

/** Makes the documents before `end` two ranges of their own. */
function split(ranges: Range[], end: number, middle: number): void {
  const [range] = ranges
  if (range === undefined) return
  const rest = end < range.end ? [{ start: end, end: range.end }] : []
  ranges.splice(0, 1, { start: range.start, end: middle }, { start: middle, end }, ...rest)
}

function rejectionOf(
  error: TypesenseFailure,
  document: IndexDocument | undefined,
  apiKey: string,
): DocumentOutcome {
  const text = error.serverText ?? error.message
  return { kind: 'rejected', error: cleanDocumentText(text, document?.json ?? '', apiKey) }
}

/** Sends documents in one request, once; the outcomes are in their order. */
async function importBatch(
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
