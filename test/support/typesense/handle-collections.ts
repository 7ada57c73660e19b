import { alterFields } from './alter-fields.ts'
import { ApiError, notFound } from './api-error.ts'
import { mayUse } from './authorize.ts'
import { type Call, collectionOf, json, jsonBody, param, queryValue, type Reply } from './call.ts'
import { type Document, emptyCollection, summaryOf } from './collection.ts'
import { completeSchema } from './complete-schema.ts'
import { pick } from './fault.ts'
import { expectSets } from './handle-rules.ts'
import { bindReferences } from './references.ts'
import { findCollection } from './store.ts'

/** Handles GET /collections: those that the key may see, newest first. */
export function listCollections({ store, key }: Call): Reply {
  const seen = [...store.collections.values()].filter(
    ({ schema, replayed }) => replayed > 0 && mayUse(store, key, 'collections:list', schema.name),
  )
  return json(seen.reverse().map(summaryOf))
}

/** Handles GET /collections/:collection. */
export function getCollection(call: Call): Reply {
  const summary = summaryOf(collectionOf(call))
  const offBy = pick(call.faults, 'wrong-count')?.offBy ?? 0
  return json({ ...summary, num_documents: Number(summary.num_documents) + offBy })
}

/** Handles POST /collections; `src_name` takes everything but the documents from another collection. */
export function createCollection(call: Call): Reply {
  const { store } = call
  const given = jsonBody(call)
  const sourceName = queryValue(call, 'src_name')
  const source = sourceName === undefined ? undefined : findCollection(store, sourceName)
  if (sourceName !== undefined && source === undefined) {
    throw notFound(`Collection with name \`${sourceName}\` not found.`)
  }
  if (store.version !== '29.0') expectSets(store, given)
  // A clone has no metadata.
  const copied = source === undefined ? {} : { ...structuredClone(source.schema), metadata: undefined }
  const schema = completeSchema({ ...copied, ...given }, store.version)
  if (store.collections.has(schema.name)) {
    throw new ApiError(409, `A collection with name \`${schema.name}\` already exists.`)
  }
  const collection = emptyCollection(schema)
  for (const [id, synonym] of source?.synonyms ?? []) collection.synonyms.set(id, synonym)
  for (const [id, override] of source?.overrides ?? []) collection.overrides.set(id, override)
  store.collections.set(schema.name, collection)
  bindReferences(store, collection)
  return json(summaryOf(collection), 201)
}

/** Handles PATCH /collections/:collection; writes to the collection wait until it is done. */
export async function patchCollection(call: Call): Promise<Reply> {
  const collection = collectionOf(call)
  if (collection.alteration !== undefined) {
    throw new ApiError(422, 'Another collection update operation is in progress.')
  }
  const changes = jsonBody(call)
  if (call.store.version !== '29.0') expectSets(call.store, changes)
  const fields = alterFields(changes.fields, collection)
  collection.alteration = call
    .sleep(call.store.alterMs)
    .then(() => {
      collection.schema.fields = fields
      for (const name of ['metadata', 'synonym_sets', 'curation_sets'] as const) {
        if (changes[name] !== undefined) collection.schema[name] = changes[name]
      }
    })
    .finally(() => {
      collection.alteration = undefined
    })
  await collection.alteration
  return json(changes)
}

/** Handles DELETE /collections/:collection; through an alias, too, which then leads nowhere. */
export function dropCollection(call: Call): Reply {
  const collection = findCollection(call.store, param(call, 'collection'))
  if (collection === undefined) {
    throw notFound(`No collection with name \`${param(call, 'collection')}\` found.`)
  }
  const summary: Document = summaryOf(collection)
  call.store.collections.delete(collection.schema.name)
  return json(summary)
}

/** Handles GET /operations/schema_changes. */
export function listSchemaChanges({ store }: Call): Reply {
  const altered = [...store.collections.values()].filter(({ alteration }) => alteration !== undefined)
  return json(altered.map(({ schema }) => ({ collection: schema.name, validated_docs: 0, altered_docs: 0 })))
}
