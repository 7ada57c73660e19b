import { randomBytes } from 'node:crypto'
import { ApiError, notFound } from './api-error.ts'
import { type Call, json, jsonBody, param, type Reply } from './call.ts'
import type { ApiKey, Store } from './store.ts'

const FAR_FUTURE = 64_723_363_199

/** Handles POST /keys, the only answer that shows the key. */
export function postKey(call: Call): Reply {
  const { actions, collections, ...rest } = jsonBody(call)
  for (const [name, value] of Object.entries({ actions, collections })) {
    if (!Array.isArray(value)) {
      throw new ApiError(400, `Could not find a \`${name}\` key, or it is not an array of string.`)
    }
  }
  return json(addKey(call.store, { ...rest, actions, collections } as NewKey), 201)
}

/** What a key is made of. */
export type NewKey = Pick<ApiKey, 'actions' | 'collections'> & Partial<Omit<ApiKey, 'id'>>

/** Adds a key to those that are let in. */
export function addKey(store: Store, given: NewKey): ApiKey {
  const value = given.value ?? randomBytes(16).toString('hex')
  const key = { description: '', expires_at: FAR_FUTURE, ...given, value, id: store.nextKeyId }
  store.nextKeyId += 1
  store.keys.set(key.id, key)
  return key
}

/** Handles GET /keys. */
export function listKeys({ store }: Call): Reply {
  return json({ keys: [...store.keys.values()].map(withoutValue) })
}

/** Handles GET /keys/:id. */
export function getKey(call: Call): Reply {
  return json(withoutValue(keyOf(call)))
}

/** Handles DELETE /keys/:id. */
export function deleteKey(call: Call): Reply {
  const { id } = keyOf(call)
  call.store.keys.delete(id)
  return json({ id })
}

function keyOf(call: Call): ApiKey {
  const key = call.store.keys.get(Number(param(call, 'id')))
  if (key === undefined) throw notFound('Not found.')
  return key
}

function withoutValue({ value, ...rest }: ApiKey) {
  return { ...rest, value_prefix: value.slice(0, 4) }
}
