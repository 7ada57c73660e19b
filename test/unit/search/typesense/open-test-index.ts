import { afterEach } from 'vitest'
import type { Collection, IndexDocument, SearchIndex } from '../../../../src/search/search-index.ts'
import { openTypesense } from '../../../../src/search/typesense/open-typesense.ts'
import type { TypesenseNode, TypesenseSettings } from '../../../../src/search/typesense/typesense-settings.ts'
import {
  startTypesense,
  type Typesense,
  type TypesenseOptions,
} from '../../../support/typesense/start-typesense.ts'

/** The key of every stand-in here, which no error may show. */
export const SECRET_KEY = 'k3y-that-nobody-may-see'

/** A stand-in, and a search index on it whose waits are short. */
export interface TestIndex {
  readonly server: Typesense
  readonly index: SearchIndex
  /** The collection `books`, which is there from the start. */
  readonly books: Collection
  readonly stopping: AbortController
  /** Another index on the same server. */
  open(settings: Partial<TypesenseSettings>): SearchIndex
}

const opened: { close(): Promise<void> }[] = []

/** Starts both for the current test. */
export async function openTestIndex(
  settings: Partial<TypesenseSettings> = {},
  options: TypesenseOptions = {},
): Promise<TestIndex> {
  const server = await startTypesense({ apiKey: SECRET_KEY, ...options })
  const { createdAt } = server.createCollection({ name: 'books', ...BOOKS })
  const stopping = new AbortController()
  const open = (own: Partial<TypesenseSettings>) => {
    const index = openTypesense(
      { ...settingsFor([nodeOf(server)]), apiKey: server.apiKey, ...settings, ...own },
      stopping.signal,
    )
    opened.push(index)
    return index
  }
  opened.push(server)
  return { server, index: open({}), books: { name: 'books', identity: String(createdAt) }, stopping, open }
}

/** The schema of `books`. */
export const BOOKS = {
  fields: [
    { name: 'title', type: 'string' },
    { name: 'pages', type: 'int32', optional: true },
  ],
}

/** Settings with short waits. */
export function settingsFor(nodes: readonly TypesenseNode[]): TypesenseSettings {
  return {
    nodes,
    apiKey: SECRET_KEY,
    connectMs: 1000,
    requestMs: 5000,
    readyMs: 300,
    collection: 'books',
    schema: undefined,
    creates: 'nothing',
    limits: { documents: 100, bytes: 1_000_000, deletions: 100, parallel: 2 },
    pacing: {
      retry: { attempts: 5, firstWaitMs: 2, longestWaitMs: 20 },
      lagWaitMs: 1,
      settleMs: 5,
      settleReads: 10,
    },
  }
}

/** Where a stand-in listens. */
export function nodeOf({ port }: { readonly port: number }): TypesenseNode {
  return { protocol: 'http', host: '127.0.0.1', port, path: '' }
}

/** Documents with these ids. */
export function documents(...ids: readonly string[]): IndexDocument[] {
  return ids.map((id) => document({ id, title: `Book ${id}` }))
}

/** A document as PostgreSQL writes it. */
export function document(value: { readonly id: string; readonly [name: string]: unknown }): IndexDocument {
  return { id: value.id, json: JSON.stringify(value) }
}

/** `count` ids. */
export function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `id-${index}`)
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})
