import type { Mixedbread } from '@mixedbread/sdk'
import type { Connection } from './connection.ts'
import { BrokenReplyError } from './explain-failure.ts'
import { nextCursor } from './next-cursor.ts'
import type { SendableDocument } from './read-document.ts'
import { secretsOf } from './redact.ts'
import { type RemoteFile, type RemoteStatus, readRemoteFile } from './remote-file.ts'
import { isRefusedWith } from './request-error.ts'

/** Which files of a store are listed: `filter` is Mixedbread's. */
export interface FileChoice {
  readonly statuses?: readonly RemoteStatus[]
  readonly filter: NonNullable<FilterParameter>
}

type FilterParameter = NonNullable<Parameters<Mixedbread['stores']['files']['list']>[1]['metadata_filter']>

/** One page of a store's files. */
interface FilePage {
  readonly files: readonly RemoteFile[]
  /** Where the next page begins; undefined after the last. */
  readonly next: string | undefined
  /** Of all pages, where it was asked for. */
  readonly total: number | undefined
}

/** The requests about the files of one store. */
export interface StoreFiles {
  /** The file with an external id. */
  find(externalId: string): Promise<RemoteFile | undefined>
  /** Whether the store refers to an upload. */
  has(remoteId: string): Promise<boolean>
  /** Puts an upload into the store, in place of what has its external id. */
  attach(remoteId: string, document: SendableDocument): Promise<RemoteFile>
  /** Replaces all metadata; undefined if there is no such file. */
  replaceMetadata(externalId: string, metadata: SendableDocument['metadata']): Promise<RemoteFile | undefined>
  /** Takes a file out of the store; one that is not there is as good as taken out. */
  detach(externalId: string): Promise<void>
  listPage(choice: FileChoice, options: ListPageOptions): Promise<FilePage>
}

/** Which page is listed. */
interface ListPageOptions {
  readonly after?: string | undefined
  readonly limit?: number
  readonly withTotal?: boolean
}

/** Talks about the files of the store that has an id. */
export function storeFiles({ client, requests }: Connection, storeId: string): StoreFiles {
  const api = client.stores.files
  const inStore = { store_identifier: storeId }
  const retrieve = async (id: string, secrets: readonly string[] = []) => {
    const subject = { action: `look up the file "${id}"`, secrets }
    const send = async (signal: AbortSignal) => readRemoteFile(await api.retrieve(id, inStore, { signal }))
    return await orUndefined(requests.send('read', subject, send))
  }
  const lookUp = (id: string) => requests.repeat(() => retrieve(id))
  return {
    find: async (externalId) => withExternalId(await lookUp(externalId), externalId),
    has: async (remoteId) => (await lookUp(remoteId))?.remoteId === remoteId,
    attach: (remoteId, document) => {
      const { externalId, metadata } = document
      const subject = {
        action: `put "${externalId}" into the store`,
        secrets: [document.text, document.fileName, ...secretsOf(document.metadata)],
      }
      const body = { file_id: remoteId, external_id: externalId, overwrite: true, metadata }
      return requests.repeat(async (attempt) => {
        // The reply may have been lost after the work was done.
        const found = attempt === 1 ? undefined : await retrieve(externalId, subject.secrets)
        if (found?.remoteId === remoteId) return found
        return await requests.send('write', subject, async (signal) =>
          readRemoteFile(await api.create(storeId, body, { signal })),
        )
      })
    },
    replaceMetadata: (externalId, metadata) => {
      const subject = { action: `change the metadata of "${externalId}"`, secrets: secretsOf(metadata) }
      const send = async (signal: AbortSignal) =>
        readRemoteFile(await api.update(externalId, { ...inStore, metadata }, { signal }))
      return orUndefined(requests.repeat(() => requests.send('update', subject, send)))
    },
    detach: async (externalId) => {
      const subject = { action: `take "${externalId}" out of the store`, secrets: [] }
      await orUndefined(
        requests.repeat(() =>
          requests.send('delete', subject, (signal) => api.delete(externalId, inStore, { signal })),
        ),
      )
    },
    listPage: ({ statuses, filter }, { after, limit = 100, withTotal = false }) => {
      const body = {
        limit,
        metadata_filter: filter,
        include_total: withTotal,
        ...(after === undefined ? {} : { after }),
        ...(statuses === undefined ? {} : { statuses: [...statuses] }),
      }
      const subject = { action: 'list the files of the store', secrets: [] }
      const send = async (signal: AbortSignal) => readPage(await api.list(storeId, body, { signal }), after)
      return requests.repeat(() => requests.send('list', subject, send))
    },
  }
}

/** A file is found by its id, too, which is not what was meant. */
function withExternalId(file: RemoteFile | undefined, externalId: string): RemoteFile | undefined {
  return file?.externalId === externalId ? file : undefined
}

async function orUndefined<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request
  } catch (error) {
    if (isRefusedWith(error, 404)) return undefined
    throw error
  }
}

type ListReply = Awaited<ReturnType<Mixedbread['stores']['files']['list']>>

function readPage(reply: Partial<ListReply> | null, after: string | undefined): FilePage {
  if (!Array.isArray(reply?.data)) throw new BrokenReplyError()
  return {
    files: reply.data.map(readRemoteFile),
    next: nextCursor(reply.pagination, after),
    total: reply.pagination?.total ?? undefined,
  }
}
