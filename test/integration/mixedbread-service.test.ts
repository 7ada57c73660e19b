import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type MixedbreadIndex, mixedbreadIndex } from '../../src/search/mixedbread/mixedbread-index.ts'
import type { MixedbreadDocument } from '../../src/search/mixedbread/send-document.ts'
import { DEFAULT_SETTINGS } from '../../src/search/mixedbread/settings.ts'
import type { Collection } from '../../src/search/search-index.ts'
import { startMixedbread } from '../support/mixedbread/start-mixedbread.ts'

interface Service {
  readonly apiKey: string
  readonly store: string
  readonly baseUrl: string
  close(): Promise<void>
}

/** The stand-in, and the real service where MXBAI_API_KEY and MXBAI_STORE_ID name a store of it. */
const SERVICES: readonly (readonly [name: string, open: () => Promise<Service>])[] = [
  ['the stand-in', openStandIn],
  ...(process.env.MXBAI_API_KEY && process.env.MXBAI_STORE_ID
    ? [[`the real service, in store ${process.env.MXBAI_STORE_ID}`, openReal] as const]
    : []),
]

async function openStandIn(): Promise<Service> {
  const { apiKey, storeName, url, close } = await startMixedbread({ ingestAfterMs: 500 })
  return { apiKey, store: storeName, baseUrl: url, close }
}

async function openReal(): Promise<Service> {
  return {
    apiKey: process.env.MXBAI_API_KEY ?? '',
    store: process.env.MXBAI_STORE_ID ?? '',
    baseUrl: process.env.MIXEDBREAD_BASE_URL || DEFAULT_SETTINGS.baseUrl,
    close: async () => undefined,
  }
}

// In the scope of a tenant that nobody else has, which is emptied in the end: whatever else is in the store stays.
describe.each(SERVICES)('a tenant in the store of %s', (_, open) => {
  const scope = { scope: 'tenant', tenantId: randomUUID() } as const
  let service: Service
  let index: MixedbreadIndex
  let live: Collection

  beforeEach(async () => {
    service = await open()
    index = mixedbreadIndex({ ...DEFAULT_SETTINGS, ...service }, new AbortController().signal)
    const found = await index.findLive()
    if (found === undefined) throw new Error(`There is no store ${service.store}`)
    live = found
  })

  afterEach(async () => {
    await index.delete(
      live,
      (await listed()).map(({ externalId }) => externalId),
    )
    await index.close()
    await service.close()
  })

  const documentOf = (number: number, text: string, metadata = {}): MixedbreadDocument => {
    const dbId = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
    const id = `tenant-mbsync_test-${dbId}`
    const own = { scope: 'tenant', tenant_id: scope.tenantId, entity_type: 'mbsync_test', db_id: dbId }
    return { id, json: JSON.stringify({ id, text, metadata: { ...metadata, ...own } }) }
  }
  async function listed() {
    const documents = []
    for await (const portion of index.listDocuments(live, scope)) documents.push(...portion)
    return documents
  }

  test('gets, changes and loses documents', async () => {
    const documents = [1, 2, 3].map((number) =>
      documentOf(number, `The text of number ${number}.`, { number }),
    )
    const outcomes = await index.upsert(live, documents)
    expect(outcomes.map(({ kind }) => kind)).toEqual(['indexed', 'indexed', 'indexed'])
    expect((await listed()).map(({ externalId }) => externalId).toSorted()).toEqual(
      documents.map(({ id }) => id),
    )

    const [first, second, third] = documents.map(({ id }) => id)
    const changed = documentOf(1, 'Another text.', { number: 1 })
    const relabelled = { ...documentOf(2, 'The text of number 2.', { number: 22 }), hasText: true }
    expect(await index.upsert(live, [changed, relabelled])).toMatchObject([
      { kind: 'indexed' },
      { kind: 'indexed' },
    ])
    await index.delete(live, [third ?? '', 'tenant-mbsync_test-nothing'])
    const { kind } = await index.waitUntilIngested(live, { limitMs: 300_000 })
    expect(kind).toBe('ingested')
    const found = new Map((await listed()).map((document) => [document.externalId, document]))
    expect([...found.keys()].toSorted()).toEqual([first, second])
    expect(found.get(first ?? '')).toMatchObject({ status: 'completed', metadata: { number: 1 } })
    expect(found.get(second ?? '')).toMatchObject({
      status: 'completed',
      metadata: { number: 22, managed_by: 'mbsync', tenant_id: scope.tenantId },
    })
  }, 600_000)
})
