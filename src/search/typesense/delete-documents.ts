import { findIdProblem } from '../../core/find-id-problem.ts'
import { isFailure } from './failure.ts'
import type { Transport } from './transport.ts'

const MOST_IDS = 100
const LONGEST_URL = 3500

/** Deletes documents by their ids, many with a request; those that are not there, or were never sent for their ids, are passed over. */
export async function deleteDocuments(
  transport: Transport,
  collection: string,
  ids: readonly string[],
  mostIds: number,
): Promise<void> {
  const documents = `/collections/${encodeURIComponent(collection)}/documents`
  const path = `${documents}?filter_by=`
  const known = ids.filter((id) => id !== '' && findIdProblem(id) === undefined)
  for (const list of listsOf(
    known.filter(isPlain),
    Math.min(Math.max(mostIds, 1), MOST_IDS),
    LONGEST_URL - path.length,
  )) {
    await transport.repeat(() => transport.send({ method: 'DELETE', path: `${path}${list}` }))
  }
  for (const id of known.filter((id) => !isPlain(id))) await deleteOne(transport, documents, id)
}

/** In a filter, a backtick cannot be escaped, and other signs have meanings that differ by version. */
function isPlain(id: string): boolean {
  return /^[\p{L}\p{N}_.:@/#+=~-]+$/u.test(id)
}

function* listsOf(ids: readonly string[], most: number, longest: number): Generator<string> {
  let list: string[] = []
  let length = 0
  for (const id of ids) {
    const item = encodeURIComponent(`\`${id}\``)
    if (list.length > 0 && (list.length >= most || length + item.length + 1 > longest - FRAME.length)) {
      yield framed(list)
      list = []
      length = 0
    }
    list.push(item)
    length += item.length + 1
  }
  if (list.length > 0) yield framed(list)
}

const FRAME = encodeURIComponent('id:[]')

function framed(list: readonly string[]): string {
  return `${encodeURIComponent('id:[')}${list.join(',')}${encodeURIComponent(']')}`
}

async function deleteOne(transport: Transport, documents: string, id: string): Promise<void> {
  const path = `${documents}/${encodeURIComponent(id)}?ignore_not_found=true`
  try {
    await transport.repeat(() => transport.send({ method: 'DELETE', path }))
  } catch (error) {
    // Servers that do not know the parameter say that there is no such document.
    if (!isFailure(error, 'missing') || !/document with id/.test(error.serverText ?? '')) throw error
  }
}
