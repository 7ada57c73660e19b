import { findIdProblem } from '../../core/find-id-problem.ts'
import { isFailure } from './failure.ts'
import { idFilters, isPlain } from './id-filters.ts'
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
  const most = Math.min(Math.max(mostIds, 1), MOST_IDS)
  for (const filter of idFilters(known, most, LONGEST_URL - path.length)) {
    await transport.repeat(() => transport.send({ method: 'DELETE', path: `${path}${filter}` }))
  }
  for (const id of known.filter((id) => !isPlain(id))) await deleteOne(transport, documents, id)
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
