import { setMaxListeners } from 'node:events'
import { FailedError, MbsyncError } from '../../core/errors.ts'
import type { Finding } from '../../core/finding.ts'
import type { Collection, DocumentColumn, SearchIndex } from '../search-index.ts'
import { type Account, account as reachAccount } from './account.ts'
import {
  type CleanUp,
  type LeftBehind,
  type OrphanOptions,
  removeLeftBehind,
  removeOrphans,
} from './left-behind.ts'
import { type DocumentScope, filterOf, listDocuments, type RemoteDocument } from './list-documents.ts'
import { type Clock, rateLimiter } from './rate-limiter.ts'
import { FAILED_STATUSES } from './remote-file.ts'
import {
  deleteDocument,
  type MixedbreadDocument,
  type MixedbreadOutcome,
  sendDocument,
} from './send-document.ts'
import type { MixedbreadSettings } from './settings.ts'
import { type FileCounts, storeIsGone } from './stores.ts'

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

/** How long to wait, and whom to tell meanwhile. */
interface WaitOptions {
  readonly limitMs: number
  readonly report?: (counts: FileCounts) => void
}

/** Whether every document of mbsync's is ingested, well or not, or the limit came first; with the last counts of the store. */
interface WaitOutcome {
  readonly kind: 'ingested' | 'limit'
  readonly counts: FileCounts
}

const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 15_000

/** Waits until no document of mbsync's is pending or in progress; other files of the store do not count. */
async function waitUntilIngested(
  account: Account,
  storeId: string,
  clock: Clock,
  signal: AbortSignal,
  { limitMs, report }: WaitOptions,
): Promise<WaitOutcome> {
  const endMs = clock.now() + limitMs
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const store = await account.stores.find(storeId)
    if (store === undefined) throw storeIsGone()
    const { counts } = store
    report?.(counts)
    const isWaiting = counts.pending + counts.inProgress > 0 && (await isOwnWaiting(account, storeId))
    if (!isWaiting) return { kind: 'ingested', counts }
    const leftMs = endMs - clock.now()
    if (leftMs <= 0) return { kind: 'limit', counts }
    await clock.sleep(Math.min(waitMs, leftMs), signal)
  }
}

async function isOwnWaiting(account: Account, storeId: string): Promise<boolean> {
  const choice = { statuses: ['pending', 'in_progress'] as const, filter: filterOf({}) }
  const { files } = await account.filesOf(storeId).listPage(choice, { limit: 1 })
  return files.length > 0
}

const NEEDED_COLUMNS = ['id', 'text']

/** Finds what would fail: the key, the balance, the store, the columns; and notes what the store holds. */
async function checkStore(
  account: Account,
  store: string,
  columns: readonly DocumentColumn[],
): Promise<Finding[]> {
  const subject = `Mixedbread store ${store}`
  const findings = findMissingColumns(columns, subject)
  try {
    const found = await account.stores.find(store)
    if (found === undefined) throw storeIsGone()
    return [...findings, ...noteCounts(found.counts, subject)]
  } catch (error) {
    if (!(error instanceof MbsyncError)) throw error
    const { message, hint } = error
    return [...findings, { severity: 'error', subject, message, ...(hint === undefined ? {} : { hint }) }]
  }
}

/** No columns are no query to check. */
function findMissingColumns(columns: readonly DocumentColumn[], subject: string): Finding[] {
  if (columns.length === 0) return []
  return NEEDED_COLUMNS.filter((needed) => columns.every(({ name }) => name !== needed)).map((name) => ({
    severity: 'error',
    subject,
    message: `The documents have no column "${name}"`,
    hint: 'Documents for Mixedbread have the columns id, text and metadata, and may have file_name and mime_type.',
  }))
}

function noteCounts(
  { total, completed, pending, inProgress, failed, cancelled }: FileCounts,
  subject: string,
) {
  const message = `${total} files: ${completed} searchable, ${pending + inProgress} on their way, ${failed + cancelled} failed`
  return [{ severity: 'note', subject, message } satisfies Finding]
}

/** Runs work as soon as a slot is free, in the order in which it was given. */
type Slots = <T>(work: () => Promise<T>) => Promise<T>

/** As many slots as work may run at once. */
function slots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

/** Works on every item; after a failure no more are begun, and it is thrown once those under way have ended. */
async function eachInSlots<Item, Result>(
  take: Slots,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const failures: unknown[] = []
  const runs = items.map((item, index) =>
    take(async () => {
      if (failures.length === 0) results[index] = await work(item)
    }).catch((error: unknown) => failures.push(error)),
  )
  await Promise.all(runs)
  if (failures.length > 0) throw failures[0]
  return results
}
