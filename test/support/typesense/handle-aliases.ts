import { ApiError, notFound } from './api-error.ts'
import { type Call, json, jsonBody, param, type Reply } from './call.ts'
import { findAlias } from './store.ts'

/** Handles GET /aliases. */
export function listAliases({ store }: Call): Reply {
  const aliases = [...store.aliases.keys()].flatMap((name) => {
    const collection_name = findAlias(store, name)
    return collection_name === undefined ? [] : [{ collection_name, name }]
  })
  return json({ aliases })
}

/** Handles GET /aliases/:alias. */
export function getAlias(call: Call): Reply {
  const name = param(call, 'alias')
  const collection_name = findAlias(call.store, name)
  if (collection_name === undefined) throw notFound()
  return json({ collection_name, name })
}

/** Handles PUT /aliases/:alias, which does not look whether the collection is there. */
export function putAlias(call: Call): Reply {
  const name = param(call, 'alias')
  const { collection_name } = jsonBody(call)
  if (typeof collection_name !== 'string') {
    throw new ApiError(400, 'Parameter `collection_name` is required.')
  }
  if (call.store.collections.has(name)) {
    throw new ApiError(500, `Name \`${name}\` conflicts with an existing collection name.`)
  }
  call.store.aliases.set(name, collection_name)
  return json({ collection_name, name })
}

/** Handles DELETE /aliases/:alias, which leaves the collection alone. */
export function deleteAlias(call: Call): Reply {
  const reply = getAlias(call)
  call.store.aliases.delete(param(call, 'alias'))
  return reply
}
