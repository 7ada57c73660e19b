import { FailedError } from '../../core/errors.ts'
import type { Connection } from './connection.ts'
import { BrokenReplyError } from './explain-failure.ts'
import { nextCursor } from './next-cursor.ts'
import { isRefusedWith } from './request-error.ts'

/** How many files of a store are in which state, whoever put them there. */
export interface FileCounts {
  readonly pending: number
  readonly inProgress: number
  readonly cancelled: number
  readonly completed: number
  readonly failed: number
  readonly total: number
}

/** A store as the account has it. */
interface RemoteStore {
  readonly id: string
  readonly name: string
  readonly counts: FileCounts
}

/** The requests about the stores of the account. */
export interface Stores {
  /** The store with an id or a name. */
  find(idOrName: string): Promise<RemoteStore | undefined>
  /** The ids of all stores. */
  listIds(): Promise<string[]>
}

/** Talks about the stores of the account. */
export function stores({ client, requests }: Connection): Stores {
  return {
    find: async (idOrName) => {
      // The SDK cannot send the two that mean a folder in a path.
      if (['', '.', '..'].includes(idOrName)) return undefined
      const subject = { action: 'read the store', secrets: [] }
      const send = async (signal: AbortSignal) =>
        readStore(await client.stores.retrieve(idOrName, { signal }))
      return await requests
        .repeat(() => requests.send('read', subject, send))
        .catch((error: unknown) => {
          if (isRefusedWith(error, 404)) return undefined
          throw error
        })
    },
    listIds: async () => {
      const ids: string[] = []
      let after: string | undefined
      do {
        const query = { limit: 100, ...(after === undefined ? {} : { after }) }
        const page = await requests.repeat(() =>
          requests.send('list', { action: 'list the stores', secrets: [] }, async (signal) => {
            const { data, pagination } = await client.stores.list(query, { signal })
            return { stores: data.map(readStore), next: nextCursor(pagination, after) }
          }),
        )
        ids.push(...page.stores.map(({ id }) => id))
        after = page.next
      } while (after !== undefined)
      return ids
    },
  }
}

interface StoreReply {
  readonly id?: unknown
  readonly name?: unknown
  readonly file_counts?: Readonly<Record<string, unknown>> | object | null
}

function readStore(reply: StoreReply | null | undefined): RemoteStore {
  if (typeof reply?.id !== 'string') throw new BrokenReplyError()
  const counts = new Map(Object.entries(reply.file_counts ?? {}))
  const count = (name: string) => Number(counts.get(name) ?? 0)
  return {
    id: reply.id,
    name: typeof reply.name === 'string' ? reply.name : reply.id,
    counts: {
      pending: count('pending'),
      inProgress: count('in_progress'),
      cancelled: count('cancelled'),
      completed: count('completed'),
      failed: count('failed'),
      total: count('total'),
    },
  }
}

/** The error of a store that is not there, or not for this key. */
export function storeIsGone(): FailedError {
  return new FailedError('The Mixedbread store does not exist', {
    hint: 'Check MXBAI_STORE_ID and whose key MXBAI_API_KEY is.',
  })
}
