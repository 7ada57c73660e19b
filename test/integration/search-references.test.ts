import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SearchIndexConfig } from '../../src/config/config.ts'
import { checkSearch } from '../../src/jobs/search/check-search.ts'
import { withDatabase } from '../../src/postgres/database.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSearch } from '../support/run-search.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'
import { shopIndex } from '../support/typesense-index.ts'

describe('collections that refer to each other', () => {
  let pair: DatabasePair
  let server: Typesense
  let orders: SearchIndexConfig
  let products: SearchIndexConfig

  beforeAll(async () => {
    server = await startTypesense()
    pair = await createDatabasePair({
      targetSql: `CREATE TABLE product (id int PRIMARY KEY, title text); CREATE TABLE orders (id int PRIMARY KEY, product text);
        INSERT INTO product SELECT i, 'p' || i FROM generate_series(1, 150) i; INSERT INTO orders SELECT i, (i % 150 + 1)::text FROM generate_series(1, 300) i`,
    })
    const title = { name: 'title', type: 'string' }
    const product = { name: 'product', type: 'string', reference: 'products.id' }
    products = shopIndex(
      server,
      { name: 'products', documents: 'SELECT * FROM public.product' },
      { schema: { fields: [title] } },
    )
    orders = shopIndex(
      server,
      { name: 'orders', documents: 'SELECT * FROM public.orders' },
      { collection: 'orders', schema: { fields: [product] } },
    )
  })
  afterAll(async () => {
    await server.close()
    await pair.drop()
  })

  async function join() {
    const response = await fetch(
      `${server.url}/collections/orders/documents/search?q=*&filter_by=${encodeURIComponent('$products(title:p1)')}`,
      { headers: { 'x-typesense-api-key': server.apiKey } },
    )
    return response.status
  }

  test('are filled in the order of their references, whatever that of the profile', async () => {
    const { search } = await runSearch(pair, [orders, products], { create: true })
    expect(search).toMatchObject([
      { searchIndex: 'orders', status: 'done', indexed: 300, rejected: 0 },
      { searchIndex: 'products', status: 'done', indexed: 150 },
    ])
    expect(await join()).toBe(200)
  })

  test('are not rebuilt one without the other, which check says beforehand', async () => {
    const before = [...server.collections.keys()]
    const { search } = await runSearch(pair, [products], { rebuild: true })
    expect(search).toMatchObject([{ status: 'stopped', indexed: 0 }])
    expect(search[0]?.findings).toMatchObject([
      {
        message: expect.stringContaining('The collection orders refers to it (product)'),
        hint: expect.stringContaining('mbsync typesense rebuild'),
      },
    ])
    expect([...server.collections.keys()]).toEqual(before)
    const options = {
      name: 'staging',
      url: pair.target.url,
      role: 'target',
      connectMs: 10_000,
      lockMs: 3000,
      silenceMs: 300_000,
      signal: new AbortController().signal,
    } as const
    const context = { signal: options.signal, report: () => undefined }
    const findings = await withDatabase(options, (target) => checkSearch(target, [products, orders], context))
    expect(findings.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      'note: The collection orders refers to it (product), so the two can only be rebuilt together',
    ])
    expect((await runSearch(pair, [orders], { rebuild: true })).search).toMatchObject([{ status: 'done' }])
    expect(await join()).toBe(200)
  })

  test('are rebuilt as one, and joins go on', async () => {
    const before = new Map(server.aliases)
    const joins: number[] = []
    const onEvent = ({ type }: { readonly type: string }) => {
      if (type === 'documents-answered') void join().then((status) => joins.push(status))
    }
    const { search } = await runSearch(pair, [orders, products], { rebuild: true, onEvent })
    expect(search).toMatchObject([
      { status: 'done', rejected: 0 },
      { status: 'done', rejected: 0 },
    ])
    expect(new Set(joins)).toEqual(new Set([200]))
    for (const [alias, name] of server.aliases) expect(name).not.toBe(before.get(alias))
    expect(await join()).toBe(200)
    expect((await runSearch(pair, [products, orders])).search).toMatchObject([
      { status: 'done', changed: 0 },
      { status: 'done', changed: 0 },
    ])
  })

  test('both stay as they are where one of them cannot be rebuilt, and the next rebuild is whole', async () => {
    const before = new Map(server.aliases)
    server.faults.always({
      kind: 'reject',
      on: 'import',
      rejects: ({ product }) => (product === undefined ? undefined : 'No.'),
    })
    const { search } = await runSearch(pair, [products, orders], { rebuild: true })
    expect(search).toMatchObject([{ status: 'stopped' }, { status: 'stopped' }])
    expect(search[0]?.error).toContain('the new collection is filled and waits')
    expect(server.aliases).toEqual(before)
    server.faults.clear()
    expect((await runSearch(pair, [products, orders], { rebuild: true })).search).toMatchObject([
      { status: 'done' },
      { status: 'done' },
    ])
    expect(await join()).toBe(200)
  })
})
