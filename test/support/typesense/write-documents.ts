import { type Action, acceptDocument, isAction, parseDirtyValues } from './accept-document.ts'
import { ApiError } from './api-error.ts'
import { type Call, collectionOf, json, jsonBody, param, queryValue, type Reply } from './call.ts'
import { pick } from './fault.ts'

/** Handles POST /collections/:collection/documents. */
export function postDocument(call: Call): Reply {
  const action = queryValue(call, 'action') ?? 'create'
  if (!isAction(action)) throw new ApiError(400, 'Parameter `action` must be a create|update|upsert.')
  return json(accept(call, action, {}), 201)
}

/** Handles PATCH /collections/:collection/documents/:id. */
export function patchDocument(call: Call): Reply {
  return json(accept(call, 'update', { id: param(call, 'id') }))
}

function accept(call: Call, action: Action, identity: { readonly id?: string }) {
  const collection = collectionOf(call)
  const document = { ...jsonBody(call), ...identity }
  const dirty = parseDirtyValues(queryValue(call, 'dirty_values'), collection)
  const lagMs = pick(call.faults, 'lag')?.lagMs ?? 0
  const stored = { document, text: JSON.stringify(document) }
  return acceptDocument(stored, { store: call.store, collection, action, dirty, lagMs }).document
}
