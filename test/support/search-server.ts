import { randomBytes } from 'node:crypto'
import type { TypesenseServer } from '../../src/config/config.ts'
import { startTypesense } from './typesense/start-typesense.ts'

/** A Typesense server that is spoken to over HTTP alone, with a collection's name that nobody else uses. */
export interface SearchServer {
  readonly server: TypesenseServer
  /** The name that searches use. */
  readonly collection: string
  /** What searches reach by that name, by id. */
  documents(): Promise<Map<string, unknown>>
  /** The collection that the alias leads to. */
  aliased(): Promise<string | undefined>
  /** All collections whose names begin with that name. */
  collections(): Promise<string[]>
  put(document: object): Promise<void>
  remove(id: string): Promise<void>
  createCollection(schema: object): Promise<void>
  dropCollection(name: string): Promise<void>
  dropEverything(): Promise<void>
  close(): Promise<void>
}

/** The stand-in, and a real server where TYPESENSE_URL and TYPESENSE_API_KEY name one. */
export const SEARCH_SERVERS: readonly (readonly [name: string, open: () => Promise<SearchServer>])[] = [
  ['the stand-in', openStandIn],
  ...(process.env.TYPESENSE_URL && process.env.TYPESENSE_API_KEY
    ? [[`the real server at ${new URL(process.env.TYPESENSE_URL).host}`, openReal] as const]
    : []),
]

async function openStandIn(): Promise<SearchServer> {
  const standIn = await startTypesense()
  return speakTo(standIn.url, standIn.apiKey, () => standIn.close())
}

async function openReal(): Promise<SearchServer> {
  return speakTo(process.env.TYPESENSE_URL ?? '', process.env.TYPESENSE_API_KEY ?? '', async () => undefined)
}

function speakTo(url: string, apiKey: string, stop: () => Promise<void>): SearchServer {
  const collection = `mbsync_test_${randomBytes(5).toString('hex')}`
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
      method,
      headers: { 'x-typesense-api-key': apiKey },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { isOk: response.ok, text: await response.text() }
  }
  const collections = async () => {
    const all: { name: string }[] = JSON.parse((await call('GET', '/collections')).text)
    return all.map(({ name }) => name).filter((name) => name.startsWith(collection))
  }
  const dropEverything = async () => {
    await call('DELETE', `/aliases/${collection}`)
    for (const name of await collections()) await call('DELETE', `/collections/${name}`)
  }
  const { protocol, hostname, port, pathname } = new URL(url)
  const isTls = protocol === 'https:'
  return {
    collection,
    server: {
      nodes: [
        {
          protocol: isTls ? 'https' : 'http',
          host: hostname,
          port: Number(port || (isTls ? 443 : 80)),
          path: pathname.replace(/\/$/, ''),
        },
      ],
      apiKey,
      connectMs: 5000,
      requestMs: 20_000,
      readyMs: 20_000,
      pacing: {
        retry: { attempts: 5, firstWaitMs: 5, longestWaitMs: 200 },
        lagWaitMs: 20,
        settleMs: 50,
        settleReads: 100,
      },
    },
    documents: async () => {
      const { text } = await call('GET', `/collections/${collection}/documents/export`)
      const lines = text.split('\n').filter((line) => line !== '')
      return new Map(lines.map((line) => JSON.parse(line)).map((document) => [document.id, document]))
    },
    aliased: async () => {
      const { isOk, text } = await call('GET', `/aliases/${collection}`)
      return isOk ? JSON.parse(text).collection_name : undefined
    },
    collections,
    put: async (document) =>
      void (await call('POST', `/collections/${collection}/documents?action=upsert`, document)),
    remove: async (id) => void (await call('DELETE', `/collections/${collection}/documents/${id}`)),
    createCollection: async (schema) => void (await call('POST', '/collections', schema)),
    dropCollection: async (name) => void (await call('DELETE', `/collections/${name}`)),
    dropEverything,
    close: async () => {
      await dropEverything()
      await stop()
    },
  }
}
