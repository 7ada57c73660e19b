import type { SearchIndex } from '../search-index.ts'
import { awaitReady } from './await-ready.ts'
import { createBatchPace } from './batch-pace.ts'
import { checkIndex } from './check-index.ts'
import { isMark, markCollection } from './collection-mark.ts'
import { openControlPlane } from './control-plane.ts'
import { createCollection } from './create-collection.ts'
import { deleteDocuments } from './delete-documents.ts'
import { dropCollection } from './drop-collection.ts'
import { findLeftBehind } from './find-left-behind.ts'
import { openOverflowChecks } from './find-overflow.ts'
import { findMissing, listIds, listTexts, listUnread } from './list-documents.ts'
import { adjustCollection, countDocuments, findLive } from './live-collection.ts'
import { publishCollection, publishNotice } from './publish-collection.ts'
import { findReferring, isMadeFor, isMisled, madeFor, withReferencesTo } from './references.ts'
import { openTransport } from './transport.ts'
import type { TypesenseSettings } from './typesense-settings.ts'
import { upsertDocuments } from './upsert-documents.ts'
import { openWriteOrder } from './write-order.ts'

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
      upsertDocuments(
        transport,
        pace,
        concrete,
        documents,
        await overflowCheckOf(concrete, documents),
        order,
      ),
    delete: (collection, ids) => deleteDocuments(transport, collection.name, ids, limits.deletions, order),
    close: async () => transport.close(),
  }
}
