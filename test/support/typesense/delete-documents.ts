import { ApiError, notFound } from './api-error.ts'
import { type Call, collectionOf, json, param, queryValue, type Reply } from './call.ts'
import type { Document } from './collection.ts'
import { pick } from './fault.ts'
import { checkFilter, type Filter, parseFilter, passes } from './parse-filter.ts'
import { removeDocument } from './references.ts'

/** Handles DELETE /collections/:collection/documents. */
export async function deleteDocuments(call: Call): Promise<Reply> {
  const collection = collectionOf(call)
  const filter = filterOf(call)
  checkFilter(filter, collection.schema)
  await collection.alteration
  const ids = [...collection.documents]
    .filter(([, { document }]) => passes(filter, document))
    .map(([id]) => id)
  for (const id of ids) removeDocument(call.store, collection, id, lagOf(call))
  return json({ num_deleted: ids.length })
}

/** Handles DELETE /collections/:collection/documents/:id. */
export async function deleteDocument(call: Call): Promise<Reply> {
  const collection = collectionOf(call)
  const id = param(call, 'id')
  await collection.alteration
  const document: Document | undefined = collection.documents.get(id)?.document
  if (document !== undefined) {
    removeDocument(call.store, collection, id, lagOf(call))
    return json(document)
  }
  if (queryValue(call, 'ignore_not_found') === 'true') return json({ id })
  throw notFound(`Could not find a document with id: ${id}`)
}

function filterOf(call: Call): Filter {
  if (queryValue(call, 'truncate') === 'true') return { field: 'id', values: undefined }
  const filter = queryValue(call, 'filter_by')
  if (filter === undefined) throw new ApiError(400, 'Parameter `filter_by` must be provided.')
  return parseFilter(filter)
}

function lagOf({ faults }: Call): number {
  return pick(faults, 'lag')?.lagMs ?? 0
}
