import { afterEach } from 'vitest'
import {
  startTypesense,
  type Typesense,
  type TypesenseOptions,
} from '../../../support/typesense/start-typesense.ts'

/** An answer: parsed if it is JSON, else as text. */
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what is in it differs by path
  readonly body: any
  readonly headers: Headers
}

/** A stand-in, and plain requests to it. */
export interface Talk {
  readonly server: Typesense
  /** Sends a body as it is if it is text or bytes, else as JSON. */
  send(method: string, path: string, body?: unknown, key?: string): Promise<Answer>
  /** Imports documents with `action=upsert`, or lines as they are. */
  upsert(documents: readonly unknown[] | string, query?: string): Promise<Answer>
  /** The number of documents that the server tells. */
  count(name?: string): Promise<number>
}

const started: Typesense[] = []

/** Starts a stand-in with a collection `books` for the current test. */
export async function talk(options: TypesenseOptions = {}): Promise<Talk> {
  const server = await startTypesense(options)
  started.push(server)
  server.createCollection(BOOKS)
  const send = async (method: string, path: string, body?: unknown, key = server.apiKey) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { 'x-typesense-api-key': key },
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers }
  }
  return {
    server,
    send,
    upsert: (documents, query = 'action=upsert') => {
      const lines =
        typeof documents === 'string' ? documents : documents.map((one) => JSON.stringify(one)).join('\n')
      return send('POST', `/collections/books/documents/import?${query}`, lines)
    },
    count: async (name = 'books') => (await send('GET', `/collections/${name}`)).body.num_documents,
  }
}

/** The schema of `books`. */
export const BOOKS = {
  name: 'books',
  fields: [
    { name: 'title', type: 'string' },
    { name: 'pages', type: 'int32', optional: true },
  ],
}

/** The result lines of an import. */
export function resultsOf({ body }: Answer): { success: boolean; error?: string; code?: number }[] {
  return body.split('\n').map((line: string) => JSON.parse(line))
}

/** Books with these ids. */
export function books(...ids: readonly string[]): { id: string; title: string }[] {
  return ids.map((id) => ({ id, title: `Book ${id}` }))
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()))
})
