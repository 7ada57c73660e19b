import { findIdProblem } from '../../core/find-id-problem.ts'
import { isFailure } from './failure.ts'
import { idFilters, isPlain } from './id-filters.ts'
import type { Transport } from './transport.ts'
import type { WriteOrder } from './write-order.ts'

const MOST_IDS = 100
const LONGEST_URL = 3500

/** Deletes documents by their ids, many with a request; those that are not there, or were never sent for their ids, are passed over. */
export async function deleteDocuments(
  transport: Transport,
  collection: string,
  ids: readonly string[],
  mostIds: number,
  order: WriteOrder = async () => undefined,
): Promise<void> {
  const documents = `/collections/${encodeURIComponent(collection)}/documents`
  const path = `${documents}?filter_by=`
  const remove = (path: string) =>
    transport.repeat(async () => {
      await order(collection)
      return transport.send({ method: 'DELETE', path })
    })
  const known = ids.filter((id) => id !== '' && findIdProblem(id) === undefined)
  const most = Math.min(Math.max(mostIds, 1), MOST_IDS)
  for (const filter of idFilters(known, most, LONGEST_URL - path.length)) {
    await remove(`${path}${filter}`)
  }
  for (const id of known.filter((id) => !isPlain(id))) await deleteOne(remove, documents, id)
}

async function deleteOne(
  remove: (path: string) => Promise<string>,
  documents: string,
  id: string,
): Promise<void> {
  try {
    await remove(`${documents}/${encodeURIComponent(id)}?ignore_not_found=true`)
  } catch (error) {
    // Servers that do not know the parameter say that there is no such document.
    if (!isFailure(error, 'missing') || !/document with id/.test(error.serverText ?? '')) throw error
  }
}
