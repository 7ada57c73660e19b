import type { Connection } from './connection.ts'
import { BrokenReplyError } from './explain-failure.ts'
import { nextCursor } from './next-cursor.ts'
import type { SendableDocument } from './read-document.ts'
import { secretsOf } from './redact.ts'
import { isRefusedWith } from './request-error.ts'

/** A file of the account, in a store or not. */
interface Upload {
  readonly remoteId: string
  readonly fileName: string
  /** Milliseconds since 1970 by the clock of the service; infinitely late if it does not say. */
  readonly createdMs: number
}

/** The requests about the files of the account. */
export interface Uploads {
  /** Uploads a document under a name that no other upload has; says whether a lost reply may have left another one of that name. */
  add(document: SendableDocument, fileName: string): Promise<{ remoteId: string; isDoubtful: boolean }>
  /** The uploads of exactly that name. */
  named(fileName: string): Promise<Upload[]>
  /** Deletes an upload, and takes it out of every store; one that is not there is as good as deleted. */
  remove(remoteId: string): Promise<void>
  /** All uploads of the account, page by page. */
  pages(): AsyncIterable<readonly Upload[]>
}

/** Talks about the files of the account. */
export function uploads({ client, requests }: Connection): Uploads {
  const list = (query: { readonly q?: string; readonly after?: string }, secrets: readonly string[] = []) =>
    requests.send('list', { action: 'list the uploads', secrets }, async (signal) => {
      const page = await client.files.list({ limit: 100, ...query }, { signal })
      return { uploads: page.data.map(readUpload), next: nextCursor(page.pagination, query.after) }
    })
  const named = async (fileName: string, secrets: readonly string[] = []) => {
    const page = await list({ q: fileName }, secrets)
    return page.uploads.filter((upload) => upload.fileName === fileName)
  }
  return {
    named: (fileName) => requests.repeat(() => named(fileName)),
    add: (document, fileName) => {
      const { externalId, text, mimeType, metadata } = document
      const subject = {
        action: `upload "${externalId}"`,
        secrets: [text, document.fileName, ...secretsOf(metadata)],
      }
      return requests.repeat(async (attempt) => {
        const isDoubtful = attempt > 1
        // The reply may have been lost after the work was done.
        const [found] = isDoubtful ? await named(fileName, subject.secrets) : []
        if (found !== undefined) return { remoteId: found.remoteId, isDoubtful }
        const file = new File([text], fileName, { type: mimeType })
        return await requests.send('write', subject, async (signal) => {
          const { remoteId } = readUpload(await client.files.create({ file }, { signal }))
          return { remoteId, isDoubtful }
        })
      })
    },
    remove: async (remoteId) => {
      const subject = { action: `delete the upload ${remoteId}`, secrets: [] }
      const send = () =>
        requests.send('delete', subject, (signal) => client.files.delete(remoteId, { signal }))
      await requests.repeat(send).catch((error: unknown) => {
        if (!isRefusedWith(error, 404)) throw error
      })
    },
    pages: async function* () {
      let after: string | undefined
      do {
        const query = after === undefined ? {} : { after }
        const page = await requests.repeat(() => list(query))
        yield page.uploads
        after = page.next
      } while (after !== undefined)
    },
  }
}

interface UploadReply {
  readonly id?: unknown
  readonly filename?: unknown
  readonly created_at?: unknown
}

function readUpload(reply: UploadReply | null | undefined): Upload {
  if (typeof reply?.id !== 'string') throw new BrokenReplyError()
  const createdMs = Date.parse(String(reply.created_at))
  return {
    remoteId: reply.id,
    fileName: typeof reply.filename === 'string' ? reply.filename : '',
    createdMs: Number.isNaN(createdMs) ? Number.POSITIVE_INFINITY : createdMs,
  }
}
