import { setMaxListeners } from 'node:events'
import { FailedError } from '../../core/errors.ts'
import type { Collection, SearchIndex } from '../search-index.ts'
import { account as reachAccount } from './account.ts'
import { checkStore } from './check-store.ts'
import {
  type CleanUp,
  type LeftBehind,
  type OrphanOptions,
  removeLeftBehind,
  removeOrphans,
} from './left-behind.ts'
import { type DocumentScope, filterOf, listDocuments, type RemoteDocument } from './list-documents.ts'
import { rateLimiter } from './rate-limiter.ts'
import { FAILED_STATUSES } from './remote-file.ts'
import {
  deleteDocument,
  type MixedbreadDocument,
  type MixedbreadOutcome,
  sendDocument,
} from './send-document.ts'
import type { MixedbreadSettings } from './settings.ts'
import { eachInSlots, slots } from './slots.ts'
import { type FileCounts, storeIsGone } from './stores.ts'
import { type WaitOptions, type WaitOutcome, waitUntilIngested } from './wait-until-ingested.ts'

/** Told of each document as soon as it is settled, in any order: what it was told of holds even if the whole call fails. */
type Acknowledge<Document, Outcome> = (document: Document, outcome: Outcome) => void

/**
 * A Mixedbread store. All calls share its rates and its places for documents on their way; the ids in one call must differ, and an id
 * must not be in two calls at once.
 */
export interface MixedbreadIndex extends SearchIndex {
  listIds(live: Collection, scope?: DocumentScope): AsyncIterable<readonly string[]>
  upsert(
    live: Collection,
    documents: readonly MixedbreadDocument[],
    acknowledge?: Acknowledge<MixedbreadDocument, MixedbreadOutcome>,
  ): Promise<readonly MixedbreadOutcome[]>
  delete(live: Collection, ids: readonly string[], acknowledge?: (id: string) => void): Promise<void>
  /** The documents with all that the store knows of them; see {@link listDocuments} for what may be missed. */
  listDocuments(live: Collection, scope?: DocumentScope): AsyncIterable<readonly RemoteDocument[]>
  /** The documents whose ingestion failed or was cancelled, with the reason. */
  listFailed(live: Collection, scope?: DocumentScope): AsyncIterable<readonly RemoteDocument[]>
  /** The document with an id. */
  findDocument(live: Collection, id: string): Promise<RemoteDocument | undefined>
  /** Counts all files of the store, whoever put them there. */
  countFiles(live: Collection): Promise<FileCounts>
  waitUntilIngested(live: Collection, options: WaitOptions): Promise<WaitOutcome>
  /** Deletes the uploads that calls on this index have left behind; closing it does so, too. */
  cleanUp(): Promise<CleanUp>
  /** Deletes the uploads that earlier runs have left behind. */
  removeOrphans(live: Collection, options: OrphanOptions): Promise<CleanUp>
}

/** A run that ends does not wait longer for it: what is left is found by a run that reconciles. */
const CLEAN_UP_MS = 15_000

/** Opens a Mixedbread store; every call ends when the signal aborts. */
export function mixedbreadIndex(settings: MixedbreadSettings, signal: AbortSignal): MixedbreadIndex {
  // One listener for every request and wait under way.
  setMaxListeners(0, signal)
  const limiter = rateLimiter(settings.rates, settings.clock)
  const account = reachAccount(settings, limiter, signal)
  const inSlots = slots(settings.parallel)
  const leftBehind: LeftBehind = { fileNames: new Set(), remoteIds: new Set() }
  const context = ({ identity }: Collection) => ({ account, storeId: identity, leftBehind })
  const filesOf = ({ identity }: Collection) => account.filesOf(identity)
  const list = (live: Collection, scope: DocumentScope = {}) =>
    listDocuments(filesOf(live), { filter: filterOf(scope) })

  return {
    limits: settings.limits,
    rebuilds: 'never',
    canBeRenamed: true,
    fingerprint: settings.store,
    check: (columns) => checkStore(account, settings.store, columns),
    findLive: async () => {
      const store = await account.stores.find(settings.store)
      return store && { name: store.name, identity: store.id }
    },
    has: async ({ identity }) => (await account.stores.find(identity)) !== undefined,
    adjust: async () => [],
    nextName: () => settings.store,
    create: refuseRebuild,
    publishNotice: async () => undefined,
    publish: refuseRebuild,
    drop: refuseRebuild,
    countDocuments: async (live) => {
      const page = await filesOf(live).listPage({ filter: filterOf({}) }, { limit: 1, withTotal: true })
      return page.total ?? (await countFiles(live)).total
    },
    listIds: async function* (live, scope) {
      for await (const documents of list(live, scope)) yield documents.map(({ externalId }) => externalId)
    },
    upsert: (live, documents, acknowledge) =>
      eachInSlots(inSlots, documents, async (document) => {
        const outcome = await sendDocument(context(live), document)
        acknowledge?.(document, outcome)
        return outcome
      }),
    delete: async (live, ids, acknowledge) => {
      await eachInSlots(inSlots, ids, async (id) => {
        await deleteDocument(context(live), id)
        acknowledge?.(id)
      })
    },
    listDocuments: list,
    listFailed: (live, scope = {}) =>
      listDocuments(filesOf(live), { statuses: FAILED_STATUSES, filter: filterOf(scope) }),
    findDocument: async (live, id) => {
      const file = await filesOf(live).find(id)
      return file && { ...file, externalId: id }
    },
    countFiles,
    waitUntilIngested: (live, options) =>
      waitUntilIngested(account, live.identity, settings.clock, signal, options),
    cleanUp: () => removeLeftBehind(account, leftBehind),
    removeOrphans: (live, options) => removeOrphans(account, live.identity, options),
    close: async () => {
      const ownSignal = AbortSignal.timeout(CLEAN_UP_MS)
      const reached = reachAccount(settings, limiter, ownSignal)
      await removeLeftBehind(reached, leftBehind).catch(() => undefined)
    },
  }

  async function countFiles({ identity }: Collection): Promise<FileCounts> {
    const store = await account.stores.find(identity)
    if (store === undefined) throw storeIsGone()
    return store.counts
  }
}

async function refuseRebuild(): Promise<never> {
  throw new FailedError('A Mixedbread store is never rebuilt or dropped by mbsync')
}
