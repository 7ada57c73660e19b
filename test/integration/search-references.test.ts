import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SearchIndexConfig, TypesenseHome } from '../../src/config/config.ts'
import { checkSearch } from '../../src/jobs/search/check-search.ts'
import { rollBackIndexes } from '../../src/jobs/search/roll-back-index.ts'
import { withDatabase } from '../../src/postgres/database.ts'
import { databaseOptions } from '../support/database-options.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSearch } from '../support/run-search.ts'
import { profileOf } from '../support/run-sync.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'
import { sentIds, shopIndex } from '../support/typesense-index.ts'

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

  async function checked(indexes: readonly SearchIndexConfig[], all = indexes) {
    const options = databaseOptions(pair.target.url)
    const context = { signal: options.signal, report: () => undefined }
    const findings = await withDatabase(options, (target) => checkSearch(target, indexes, context, all))
    return findings.map(({ severity, message }) => `${severity}: ${message}`)
  }

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
    expect(await checked([products, orders])).toEqual([
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

  test('are not switched back one without the other', async () => {
    const profile = profileOf(pair, { search: [orders, products] })
    const before = new Map(server.aliases)
    const watch = { signal: new AbortController().signal, report: () => undefined }
    await expect(rollBackIndexes(profile, [products], watch)).rejects.toThrow('orders: its joins would fail')
    expect(server.aliases).toEqual(before)
    await rollBackIndexes(profile, [orders, products], watch)
    expect(server.aliases).not.toEqual(before)
    expect(await join()).toBe(200)
    expect((await runSearch(pair, [orders, products])).search).toMatchObject([
      { mode: 'update', status: 'done' },
      { mode: 'update', status: 'done' },
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
    expect(search[0]?.error).toContain('the new collection is filled, but not published')
    expect(server.aliases).toEqual(before)
    server.faults.clear()
    expect((await runSearch(pair, [products, orders], { rebuild: true })).search).toMatchObject([
      { status: 'done' },
      { status: 'done' },
    ])
    expect(await join()).toBe(200)
  })

  test('are switched by the next run where one has ended between two switches', async () => {
    server.faults.decideBy(({ method, url }) =>
      method === 'PUT' && url === '/aliases/orders'
        ? { kind: 'answer', status: 400, body: '{"message":"No."}' }
        : undefined,
    )
    await runSearch(pair, [orders, products], { rebuild: true })
    server.faults.clear()
    expect(await join()).toBe(400)
    const messages: string[] = []
    const onEvent = (event: { readonly type: string; readonly message?: string }) => {
      if (event.type === 'warning') messages.push(event.message ?? '')
    }
    server.requests.splice(0)
    const { search } = await runSearch(pair, [orders, products], { onEvent })
    expect(search).toMatchObject([
      { status: 'done', mode: 'rebuild', rejected: 0 },
      { status: 'done', mode: 'update', changed: 0 },
    ])
    expect(messages.join()).toContain(
      'orders: its references point to a collection that searches no longer use',
    )
    expect(sentIds(server)).toEqual([])
    expect(await join()).toBe(200)
    expect((await runSearch(pair, [orders, products])).search).toMatchObject([
      { mode: 'update', changed: 0 },
      { mode: 'update', changed: 0 },
    ])
  })

  test('lose the documents that a server deletes with others, and get those again that are still wanted', async () => {
    const { client } = pair.target
    await client.query(`CREATE TABLE basket (id int PRIMARY KEY, products text[], main text);
      INSERT INTO basket SELECT i, ARRAY[i::text, (i + 1)::text], CASE WHEN i % 2 = 0 THEN i::text END FROM generate_series(1, 100) i`)
    const lasting = { async_reference: true, optional: true }
    const fields = [
      { name: 'products', type: 'string[]', reference: 'products.id', ...lasting },
      { name: 'main', type: 'string', reference: 'products.id', ...lasting },
    ]
    const baskets = shopIndex(
      server,
      { name: 'baskets', documents: 'SELECT * FROM public.basket' },
      { collection: 'baskets', schema: { fields } },
    )
    const indexes = [baskets, orders, products]
    const messages: string[] = []
    const onEvent = (event: { readonly type: string; readonly message?: string }) => {
      if (event.type === 'warning') messages.push(event.message ?? '')
    }
    const run = () => runSearch(pair, indexes, { create: true, allowMassDelete: true, onEvent })
    await run()
    // Rows that go with it; one that now refers to another; and baskets that go on naming it.
    await client.query(`DELETE FROM product WHERE id IN (3, 4, 90);
      DELETE FROM orders WHERE product IN ('3', '4'); UPDATE orders SET product = '1' WHERE product = '90'`)
    server.requests.splice(0)
    const { search } = await run()
    expect(search).toMatchObject([
      { searchIndex: 'baskets', status: 'done', rejected: 0 },
      { searchIndex: 'orders', status: 'done', rejected: 0, indexed: 2 },
      { searchIndex: 'products', status: 'done', deleted: 3 },
    ])
    expect(messages).toEqual([])
    const { rows } = await client.query('SELECT id::text, products, main FROM basket')
    const wanted = rows.map(({ main, ...row }) => [row.id, main === null ? row : { ...row, main }])
    expect(server.documentsOf('baskets')).toEqual(new Map(wanted as [string, object][]))
    expect(server.documentsOf('orders').size).toBe(296)
    expect((await run()).search).toMatchObject([{ changed: 0 }, { changed: 0 }, { changed: 0 }])
  })

  test('of which one refers to a document that is filtered out is rejected until that is back', async () => {
    const { client } = pair.target
    await client.query('DELETE FROM product WHERE id = 10')
    const { search } = await runSearch(pair, [products, orders], { allowMassDelete: true })
    expect(search).toMatchObject([
      { status: 'done', deleted: 1 },
      { status: 'rejected', rejected: 2 },
    ])
    await client.query(`INSERT INTO product VALUES (10, 'p10')`)
    expect((await runSearch(pair, [products, orders])).search).toMatchObject([
      { status: 'done', indexed: 1 },
      { status: 'done', indexed: 2, rejected: 0 },
    ])
  })

  test('keep what is sent while a server that was restarted still replays what it had before', async () => {
    const { client } = pair.target
    const { rows } = await client.query(`UPDATE orders SET product = '2' WHERE product = '5' RETURNING id`)
    expect(rows.length).toBeGreaterThan(0)
    await client.query('DELETE FROM orders WHERE id = 7')
    server.restart({ replaying: 40, accepting: 40 })
    const { search } = await runSearch(pair, [products, orders])
    expect(search).toMatchObject([{ status: 'done' }, { status: 'done', indexed: rows.length, deleted: 1 }])
    server.endRestart()
    const wanted = await client.query('SELECT id::text, product FROM orders')
    expect(server.documentsOf('orders')).toEqual(new Map(wanted.rows.map((row) => [row.id, row])))
    await client.query(`INSERT INTO orders VALUES (7, '8')`)
  })

  test('get documents again that a key could not look at before the server deleted them', async () => {
    const { client } = pair.target
    const key = server.addKey({ actions: ['*'], collections: ['products', 'products_.*'] })
    const ofProducts = {
      ...products.home,
      server: { ...(products.home as TypesenseHome).server, apiKey: key.value },
    }
    await client.query(
      `DELETE FROM product WHERE id = 20; UPDATE orders SET product = '1' WHERE product = '20'; DELETE FROM product WHERE id = 21`,
    )
    const options = { allowMassDelete: true }
    const { search } = await runSearch(
      pair,
      [{ ...products, home: ofProducts as TypesenseHome }, orders],
      options,
    )
    expect(search).toMatchObject([
      { status: 'done', deleted: 2 },
      { status: 'rejected', rejected: 2, documents: 296 },
    ])
    expect(server.documentsOf('orders').size).toBe(294)
  })

  test('in a circle are refused before anything is sent', async () => {
    const field = { name: 'title', type: 'string', reference: 'orders.id' }
    const circular = { ...products, home: { ...products.home, schema: { fields: [field] } } as TypesenseHome }
    server.requests.splice(0)
    const { search } = await runSearch(pair, [orders, circular], { rebuild: true })
    expect(search).toMatchObject([
      { status: 'stopped', error: 'orders: it and products refer to each other, which no server joins' },
      { status: 'stopped', error: 'products: it and orders refer to each other, which no server joins' },
    ])
    expect(server.requests).toEqual([])
    expect(await checked([circular], [orders, circular])).toContainEqual(
      expect.stringMatching(/^error: .*refer to each other, which no server joins/),
    )
  })
})
