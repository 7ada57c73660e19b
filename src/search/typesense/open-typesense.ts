import type { Client, CollectionCreateSchema, CollectionSchema } from 'typesense'
import { FailedError } from '../../core/errors.ts'
import { findIdProblem } from '../../core/find-id-problem.ts'
import type { Collection, SearchIndex } from '../search-index.ts'
import { awaitReady } from './await-ready.ts'
import { createBatchPace } from './batch-pace.ts'
import { carryRules, withExistingSets } from './carry-rules.ts'
import { checkIndex } from './check-index.ts'
import { collectionOf, isMark, markCollection, newMark, withMark } from './collection-mark.ts'
import { type ControlPlane, openControlPlane } from './control-plane.ts'
import { dropCollection } from './drop-collection.ts'
import { isFailure } from './failure.ts'
import { findLeftBehind } from './find-left-behind.ts'
import { openOverflowChecks } from './find-overflow.ts'
import { idFilters, isPlain } from './id-filters.ts'
import { findMissing, listIds, listTexts, listUnread } from './list-documents.ts'
import { adjustCollection, countDocuments, findLive, findWhole } from './live-collection.ts'
import { findReferring, isMadeFor, isMisled, madeFor, withReferencesTo } from './references.ts'
import { openTransport, type Transport } from './transport.ts'
import type { CollectionSettings, TypesenseSettings } from './typesense-settings.ts'
import { upsertDocuments } from './upsert-documents.ts'
import { openWriteOrder, type WriteOrder } from './write-order.ts'

/** Opens a search index of a Typesense cluster, without a connection yet. What it throws is a `MbsyncError`, or the reason of the signal. */
export function openTypesense(settings: TypesenseSettings, signal: AbortSignal): SearchIndex {
  const { collection: name, schema, limits } = settings
  const transport = openTransport(settings, signal)
  const control = openControlPlane(transport)
  const pace = createBatchPace(limits)
  const overflowCheckOf = openOverflowChecks(control)
  const order = openWriteOrder(transport, schema)
  return {
    limits,
    rebuilds: 'when asked',
    fingerprint: JSON.stringify([name, schema]),
    check: (columns) => checkIndex(control, settings, columns),
    findLive: async () => (await findLive(control, name))?.collection,
    has: async (known) => {
      const found = (await findLive(control, known.name))?.collection
      return found?.name === known.name && (found.identity === known.identity || !isMark(known.identity))
    },
    awaitReady: (collections) => awaitReady(transport, { alias: name, collections }),
    isLasting: isMark,
    mark: (collection) => markCollection(control, collection),
    hasMade: (concrete) => isMadeFor(concrete, name),
    madeFor,
    findMissing: (collection, ids) => findMissing(transport, collection.name, ids),
    adjust: async (live, columns) =>
      schema === undefined ? [] : adjustCollection(control, live.name, schema, columns),
    // The time to the millisecond, so that names sort by age.
    nextName: () => `${name}_${new Date().toISOString().replace(/\D/g, '')}`,
    create: async (concrete, replacements = new Map()) => {
      const bound = schema && (await withReferencesTo(control, schema, replacements))
      return createCollection(control, name, concrete, bound)
    },
    isMisled: async (live, replacements) =>
      schema !== undefined && (await isMisled(control, live.name, schema, replacements)),
    findLeftBehind: (live) => findLeftBehind(control, name, live.name),
    publishNotice: () => publishNotice(control, name),
    publish: (collection) => publishCollection(control, name, collection.name, schema),
    drop: (concrete) => dropCollection(control, concrete),
    countDocuments: (collection, expected) => countDocuments(control, collection.name, expected),
    findReferring: (collection, ids) => findReferring(control, collection.name, ids),
    listIds: (collection) => listIds(transport, collection.name),
    listTexts: (collection) => listTexts(control, collection.name),
    listUnread: (collection) => listUnread(control, collection.name),
    upsert: async ({ name: concrete }, documents) =>
      upsertDocuments(transport, pace, {
        collection: concrete,
        documents,
        findOverflow: await overflowCheckOf(concrete, documents),
        order,
      }),
    delete: (collection, ids) => deleteDocuments(transport, collection.name, ids, limits.deletions, order),
    close: async () => transport.close(),
  }
}

const MOST_IDS = 100
const LONGEST_URL = 3500

/** Deletes documents by their ids, many with a request; those that are not there, or were never sent for their ids, are passed over. */
async function deleteDocuments(
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

/**
 * Lets an alias lead to a collection; a plain collection that has the alias's name is dropped for it. What steers searches now does so
 * afterwards: it may have changed since the collection was made.
 */
async function publishCollection(
  control: ControlPlane,
  alias: string,
  name: string,
  settings: CollectionSettings | undefined,
): Promise<Collection> {
  await awaitReady(control.transport, { collections: [name] })
  // An alias to a collection that is not there is taken without a word.
  const found = await control.find((client) => client.collections(name).retrieve())
  if (found?.name !== name) {
    throw new FailedError(`The collection ${name} does not exist, so the alias cannot point to it`, {
      hint: 'Another client has dropped it meanwhile; run again.',
    })
  }
  const live = (await findWhole(control, alias))?.schema
  if (live !== undefined && live.name !== name) await carryRules(control, live, name, settings?.metadata)
  if (live?.name === alias) await replaceByAlias(control, alias, name)
  else await putAlias(control, alias, name)
  return collectionOf(found)
}

async function replaceByAlias(control: ControlPlane, alias: string, name: string): Promise<void> {
  await proveAliasRights(control, alias, name)
  await dropCollection(control, alias)
  await putAlias(control, alias, name).catch((error: unknown) => {
    throw new FailedError(`${alias} was dropped, but could not be made an alias of ${name}`, {
      cause: error,
      hint: `Searches fail until this is done: run again, or PUT /aliases/${alias} with {"collection_name":"${name}"}.`,
    })
  })
}

/** What publishing does besides leading searches elsewhere; undefined if nothing. */
async function publishNotice(control: ControlPlane, alias: string): Promise<string | undefined> {
  if (!(await isPlainCollection(control, alias))) return undefined
  return `${alias} is a collection and not an alias: mbsync will drop it with its documents and create an alias of that name; between the two, searches fail for a moment.`
}

async function isPlainCollection(control: ControlPlane, name: string): Promise<boolean> {
  return (await control.find((client) => client.collections(name).retrieve()))?.name === name
}

/** While a collection has the name, the alias is refused; but a key that may not make it is refused first. */
async function proveAliasRights(control: ControlPlane, alias: string, name: string): Promise<void> {
  await putAlias(control, alias, name).catch((error: unknown) => {
    if (!isFailure(error, 'refused')) throw error
  })
}

async function putAlias(control: ControlPlane, alias: string, collection_name: string): Promise<void> {
  await control.call((client) => client.aliases().upsert(alias, { collection_name }))
}

/** Creates a collection of the schema, or else of the live one's, with the rules for searches that the live one has. */
async function createCollection(
  control: ControlPlane,
  name: string,
  concrete: string,
  settings: CollectionSettings | undefined,
): Promise<Collection> {
  const live = await findWhole(control, name)
  if (settings === undefined && live === undefined) {
    throw new FailedError(`There is no collection ${name} yet, and no schema to create it with`, {
      hint: 'Give its `fields` in the configuration, or create the collection on the server.',
    })
  }
  const mark = newMark()
  try {
    await createOnce(control, (client) =>
      settings === undefined
        ? client.collections().create({ name: concrete }, { src_name: live?.schema.name ?? name })
        : withExistingSets(schemaOf(concrete, settings, live?.schema, mark), (schema) =>
            client.collections().create(schema),
          ),
    )
    if (live !== undefined) await carryRules(control, live.schema, concrete, settings?.metadata, mark)
    return collectionOf(await control.call((client) => client.collections(concrete).retrieve()))
  } catch (error) {
    // It would be left over; no alias can lead to a name that is this new.
    await control.client
      .collections(concrete)
      .delete()
      .catch(() => undefined)
    throw error
  }
}

/** The name is new: a collection that exists is from an earlier attempt whose reply was lost. */
async function createOnce(
  control: ControlPlane,
  create: (client: Client) => Promise<CollectionSchema>,
): Promise<void> {
  await control.call(create).catch((error: unknown) => {
    if (!isFailure(error, 'exists')) throw error
  })
}

function schemaOf(
  name: string,
  settings: CollectionSettings,
  live: CollectionSchema | undefined,
  mark: string,
): CollectionCreateSchema {
  const carried = {
    synonym_sets: live?.synonym_sets,
    curation_sets: live?.curation_sets,
  }
  const metadata = withMark(settings.metadata ?? live?.metadata, mark)
  const schema = { ...withoutUndefined(carried), ...withoutUndefined(settings), metadata, name }
  return schema as CollectionCreateSchema
}

function withoutUndefined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}
