import { type Acceptance, acceptDocument, isAction, parseDirtyValues } from './accept-document.ts'
import { ApiError } from './api-error.ts'
import { type Call, collectionOf, queryValue, type Reply, text } from './call.ts'
import { type Fault, pick } from './fault.ts'
import { countLines, type ImportLine } from './read-import-lines.ts'

const SUCCESS = '{"success":true}'

/** Handles POST /collections/:collection/documents/import: a result line for each line, in order. */
export async function importDocuments(call: Call): Promise<Reply> {
  const acceptance = acceptanceOf(call)
  const { collection } = acceptance
  if (call.store.isInstant) {
    for (const [, id = ''] of call.body.toString('latin1').matchAll(/^\{"id": ?"([^"]*)"/gm))
      collection.countedIds.add(id)
    return text(shape(Array<string>(countLines(call.body)).fill(SUCCESS), call.faults))
  }
  await collection.alteration
  const short = pick(call.faults, 'short-reply')
  const isLeftOut = (index: number) =>
    short !== undefined && !short.isWhollyApplied && index >= call.lines.length - short.missing
  const results = call.lines.map((line, index) => (isLeftOut(index) ? '' : resultOf(line, call, acceptance)))
  return text(shape(results, call.faults))
}

function acceptanceOf(call: Call): Acceptance {
  const action = queryValue(call, 'action') ?? 'create'
  if (!isAction(action)) throw new ApiError(400, 'Parameter `action` must be a create|update|upsert.')
  for (const name of ['return_doc', 'return_id']) {
    if (!/^(true|false)?$/.test(queryValue(call, name) ?? '')) {
      throw new ApiError(400, `Parameter \`${name}\` must be a true|false.`)
    }
  }
  if (!/^[1-9]\d*$/.test(queryValue(call, 'batch_size') ?? '40')) {
    throw new ApiError(400, 'Parameter `batch_size` must be a positive integer.')
  }
  const collection = collectionOf(call)
  const dirty = parseDirtyValues(queryValue(call, 'dirty_values'), collection)
  return { store: call.store, collection, action, dirty, lagMs: pick(call.faults, 'lag')?.lagMs ?? 0 }
}

function resultOf(line: ImportLine, call: Call, acceptance: Acceptance): string {
  try {
    if ('problem' in line) throw new ApiError(400, line.problem)
    const refusal = refusalOf(line, call.faults)
    if (refusal !== undefined) throw new ApiError(400, refusal)
    const { id, document } = acceptDocument(line, acceptance)
    const returned = {
      ...(queryValue(call, 'return_doc') === 'true' ? { document } : {}),
      ...(queryValue(call, 'return_id') === 'true' ? { id } : {}),
    }
    return JSON.stringify({ ...returned, success: true })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    // The whole document comes back, which a client must keep out of its logs.
    return JSON.stringify({ code: error.status, document: line.text, error: error.message, success: false })
  }
}

function refusalOf({ document }: Extract<ImportLine, { document: object }>, faults: readonly Fault[]) {
  for (const fault of faults) {
    const refusal = fault.kind === 'reject' ? fault.rejects(document) : undefined
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** What is left of the results on their way to the client. */
function shape(results: string[], faults: readonly Fault[]): string {
  const kept = results.slice(0, Math.max(0, results.length - (pick(faults, 'short-reply')?.missing ?? 0)))
  const padding = pick(faults, 'padded-reply')
  if (padding === undefined) return kept.join('\n')
  const { start = '', between = '' } = padding
  const end = padding.end ?? (start + between === '' ? '\n' : '')
  return start + kept.join(`\n${between}`) + end
}
