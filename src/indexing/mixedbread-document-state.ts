import { SearchError } from '../core/errors.ts'
import { findIdProblem } from '../core/find-id-problem.ts'
import { copyLine } from '../postgres/copy-rows.ts'
import type { DocumentScope, RemoteDocument } from '../search/mixedbread/list-documents.ts'
import type { MixedbreadIndex } from '../search/mixedbread/mixedbread-index.ts'
import { FAILED_STATUSES } from '../search/mixedbread/remote-file.ts'
import type { MixedbreadDocument, MixedbreadOutcome } from '../search/mixedbread/send-document.ts'
import type { Collection } from '../search/search-index.ts'
import { forgetCollection } from '../state/search-collections.ts'
import type { DocumentState } from './document-state.ts'
import { documentsSql } from './documents/entities-sql.ts'
import {
  countOutdatedInScope,
  countRejectedInScope,
  countSettledInStore,
  countStoreDocuments,
  forgetStoreDocuments,
  LISTED_COLUMNS,
  markStoreDocumentsPending,
  type PendingStoreDocument,
  readOtherStores,
  reconcileStoreDocuments,
  recordAllIngested,
  recordFailedIngestion,
  recordStoreAnswers,
  seeStoreDocuments,
} from './documents/store-documents.ts'
import type { WantedDocuments } from './documents/wanted-documents.ts'
import {
  countDeletedInScope,
  readDeletedInScope,
  readPendingStoreDocuments,
  readScopeShares,
  type ScopeShare,
  wantStoreDocuments,
  withholdScopes,
} from './documents/wanted-store-documents.ts'
import { RowWatch, type Unchanged } from './rows/row-watch.ts'
import { entitiesOf, type SearchTask, taskTable, withTaskTable } from './search-task.ts'
import { withLinearPlans } from './with-linear-plans.ts'

/** A document on its way to a store, with the hashes that are remembered when it has arrived. */
type StoreDocument = MixedbreadDocument &
  Pick<PendingStoreDocument, 'contentHash' | 'metadataHash' | 'tenantId'>

/** The state of a Mixedbread store: `mbsync.mixedbread_index_state`, of which a run may be about some scopes alone. */
export function mixedbreadDocumentState(
  task: Pick<
    SearchTask,
    'config' | 'options' | 'session' | 'runId' | 'seen' | 'harmless' | 'recheck' | 'context'
  > & {
    readonly index: MixedbreadIndex
  },
  collectionId: number,
): DocumentState<StoreDocument, MixedbreadOutcome> {
  const { config, index, options, session, runId, context } = task
  const documents = { collectionId, runId, choice: options.scopes ?? { kind: 'all' } } as const

  const scopes = new Map<string, ScopeShare>()
  const entities = entitiesOf(config)
  const { seen, harmless, recheck } = task
  const sql = documentsSql(entities, { kind: 'all' })
  const rows = new RowWatch({ session, runId, collectionId, sql, keys: [], seen, harmless, recheck })
  const documentsTable = taskTable(task, `documents_of_${collectionId}`)
  const isAboutAll = documents.choice.kind === 'all'

  const giveUp = async ({ id, searchIndex, store }: { id: number; searchIndex: string; store: string }) => {
    if (searchIndex !== config.name) {
      throw new SearchError(
        `${config.name}: the state of this target is that of search index ${searchIndex}, in the store ${store}`,
        {
          hint: 'A target can fill one store of Mixedbread. Leave one of the two out of `search` of its profiles.',
        },
      )
    }
    await forgetCollection(session, id)
    context.report({
      type: 'warning',
      message: `${config.name}: the documents that mbsync sent to the store ${store} stay there, because another store is filled now`,
      hint: 'Delete the old store at Mixedbread when nothing searches it any longer.',
    })
  }

  const noteFailed = async (live: Collection) => {
    for await (const portion of index.listFailed(live, scopeOf(documents.choice)))
      await recordFailedIngestion(session, documents, portion.map(failureOf))
  }
  const waitUntilIngested = async (live: Collection, limitMs: number) => {
    const outcome = await index.waitUntilIngested(live, {
      limitMs,
      report: ({ pending, inProgress }) =>
        context.report({ type: 'documents-ingesting', searchIndex: config.name, left: pending + inProgress }),
    })
    if (outcome.kind === 'ingested') return
    context.report({
      type: 'warning',
      message: `${config.name}: the store was still at work on documents when the time to wait had passed`,
      hint: 'Indexing continues on the server; the next run reports failures.',
    })
  }

  const want = async () => {
    const { wanted, leftOut } = await wantStoreDocuments(session, entities, documents, documentsTable)
    if (leftOut > 0) {
      const which =
        leftOut === 1
          ? '1 row becomes no document: it has no text, or belongs'
          : `${leftOut} rows become no documents: they have no text, or belong`
      const message = `${config.name}: ${which} neither to all tenants nor to one`
      context.report({ type: 'info', message })
    }
    return wanted
  }

  return {
    refresh: async (live) => {
      for (const other of await readOtherStores(session, collectionId)) await giveUp(other)
      const { acknowledged } = await countStoreDocuments(session, collectionId)
      if (acknowledged > 0) await noteFailed(live)
    },
    want: async (isTrusted) => {
      if (!isAboutAll) return want()
      const wanted: WantedDocuments | Unchanged = await rows.want(isTrusted, {
        countSettled: () => countSettledInStore(session, collectionId),
        all: want,
        some: want,
      })
      if ('unchanged' in wanted) await seeStoreDocuments(session, collectionId)
      return wanted
    },
    remember: async () => {
      if (isAboutAll) await rows.remember()
    },
    shares: async ({ table }) => {
      const shares = await withLinearPlans(session, () => readScopeShares(session, documents, table))
      for (const share of shares) scopes.set(partOf(config.name, share), share)
      return shares.map((share) => ({ ...share, part: partOf(config.name, share) }))
    },
    withhold: (wanted, parts) => {
      const held = parts.flatMap((part) => scopes.get(part) ?? [])
      return withLinearPlans(session, () => withholdScopes(session, documents, wanted, held))
    },
    count: () => countStoreDocuments(session, collectionId),
    reconcile: async (live, comparesContents) => {
      let unusable = 0
      const lines = async function* () {
        for await (const listed of index.listDocuments(live)) {
          const usable = listed.filter(isUsable)
          unusable += listed.length - usable.length
          yield usable.map(lineOf).join('')
        }
      }
      const table = `listed_of_${collectionId}`
      const found = await withTaskTable(task, table, LISTED_COLUMNS, lines(), (listed) =>
        withLinearPlans(session, () => reconcileStoreDocuments(session, documents, listed)),
      )
      if (comparesContents) await index.removeOrphans(live, { madeBeforeMs: Date.now() - ORPHANED_MS })
      return { ...found, unusable, altered: 0 }
    },
    markPending: ({ table }) => markStoreDocumentsPending(session, documents, table),
    readPending: async function* (reader, wanted) {
      for await (const portion of readPendingStoreDocuments(reader, wanted))
        yield portion.map(({ previousRemoteId, ...document }) =>
          previousRemoteId === undefined ? document : { ...document, previousRemoteId },
        )
    },
    record: (writer, sent, outcomes) => {
      const answers = sent.flatMap(({ id, contentHash, metadataHash, tenantId }, at) => {
        const outcome = outcomes[at]
        if (outcome === undefined) return []
        const { remoteId, remoteStatus, error } = { ...NOTHING, ...outcome }
        return [{ id, contentHash, metadataHash, tenantId, remoteId, remoteStatus, error }]
      })
      return recordStoreAnswers(writer, documents, answers)
    },
    countOutdated: () => countOutdatedInScope(session, documents),
    countDeleted: ({ table }) =>
      withLinearPlans(session, () => countDeletedInScope(session, documents, table)),
    readDeleted: ({ table }, after, limit) =>
      withLinearPlans(session, () => readDeletedInScope(session, documents, table, after, limit)),
    tidy: () => session.define('ANALYZE mbsync.mixedbread_index_state'),
    forget: (writer, ids) => forgetStoreDocuments(writer, documents, ids, documentsTable),
    conclude: async (live) => {
      if (options.ingestWaitMs !== undefined) await waitUntilIngested(live, options.ingestWaitMs)
      await noteFailed(live)
      const { pending, inProgress } = await index.countFiles(live)
      if (pending + inProgress === 0) await recordAllIngested(session, documents)
      return countRejectedInScope(session, documents)
    },
  }
}

const NOTHING = { remoteId: undefined, remoteStatus: undefined, error: undefined }

/** A run that was killed put what it had uploaded into the store at once, or never. */
const ORPHANED_MS = 3_600_000

function scopeOf(choice: NonNullable<SearchTask['options']['scopes']>): DocumentScope {
  if (choice.kind === 'all') return {}
  if (choice.kind === 'tenant') return { scope: 'tenant', tenantId: choice.tenantId }
  return { scope: choice.kind === 'global' ? 'global' : 'tenant' }
}

function partOf(name: string, { scope, tenantId }: ScopeShare): string {
  return scope === 'global' ? `${name}, global` : `${name}, tenant ${tenantId ?? 'none'}`
}

function failureOf(document: RemoteDocument) {
  const { externalId, remoteId, status } = document
  return { id: externalId, remoteId, status, error: reasonOf(document) }
}

function reasonOf({ status, error }: RemoteDocument): string {
  return (
    error ??
    (status === 'cancelled'
      ? 'the ingestion was cancelled'
      : 'the ingestion failed, and the store does not say why')
  )
}

/** As long as the column of the state that holds it. */
const LONGEST_ID = 255

/** Whether the state can hold its id: somebody else may have written it. */
function isUsable({ externalId }: RemoteDocument): boolean {
  return externalId.length <= LONGEST_ID && findIdProblem(externalId) === undefined
}

function lineOf(document: RemoteDocument): string {
  const { externalId, remoteId, status, metadata } = document
  const error = FAILED_STATUSES.includes(status) ? reasonOf(document) : null
  return copyLine([externalId, remoteId, status, error, JSON.stringify(metadata, asPostgres)])
}

/** What somebody else wrote may have characters that PostgreSQL does not; the keys of mbsync's own documents have none. */
function asPostgres(_: string, value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value.replaceAll('\0', '\ufffd').replaceAll(/\p{Surrogate}/gu, '\ufffd')
}
