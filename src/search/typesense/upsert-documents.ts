import { findIdProblem } from '../../core/find-id-problem.ts'
import type { DocumentOutcome, IndexDocument } from '../search-index.ts'
import type { BatchPace } from './batch-pace.ts'
import { cleanDocumentText } from './clean-text.ts'
import { isFailure, type TypesenseFailure } from './failure.ts'
import type { OverflowCheck } from './find-overflow.ts'
import { importBatch } from './import-batch.ts'
import type { Transport } from './transport.ts'
import type { WriteOrder } from './write-order.ts'

/** Documents that are still to be sent, from `start` on and before `end`. */
interface Range {
  readonly start: number
  readonly end: number
}

/** An upsert that is under way. */
interface Upsert {
  readonly collection: string
  readonly documents: readonly IndexDocument[]
  readonly outcomes: DocumentOutcome[]
  /** The next one first. */
  readonly ranges: Range[]
  readonly order: WriteOrder
}

/** Sends documents, and gives the outcome of each; those whose ids could not be deleted again, or whose numbers no filter would find, are not sent. */
export async function upsertDocuments(
  transport: Transport,
  pace: BatchPace,
  collection: string,
  documents: readonly IndexDocument[],
  findOverflow: OverflowCheck = () => undefined,
  order: WriteOrder = async () => undefined,
): Promise<DocumentOutcome[]> {
  const problems = documents.map(({ id, json }) => findIdProblem(id) ?? findOverflow(json))
  const sendable = documents.filter((_, at) => problems[at] === undefined)
  const outcomes = await sendInBatches(transport, pace, collection, sendable, order)
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
  collection: string,
  documents: readonly IndexDocument[],
  order: WriteOrder,
): Promise<DocumentOutcome[]> {
  const upsert: Upsert = {
    collection,
    documents,
    order,
    outcomes: [],
    ranges: documents.length === 0 ? [] : [{ start: 0, end: documents.length }],
  }
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
