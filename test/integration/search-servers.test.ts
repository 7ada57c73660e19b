import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SearchIndexConfig, TypesenseHome } from '../../src/config/config.ts'
import { rollBackIndexes } from '../../src/jobs/search/roll-back-index.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSearch } from '../support/run-search.ts'
import { profileOf } from '../support/run-sync.ts'
import { SEARCH_SERVERS, type SearchServer } from '../support/search-server.ts'
import { SHOP_FIELDS, SHOP_SCHEMA, shopIndex, shopRows, wantedDocuments } from '../support/typesense-index.ts'

/** Documents, in ten batches. */
const ALL = 100
const WATCH = { signal: new AbortController().signal, report: () => undefined }

// Whatever needs no faults runs against a real server as well, where TYPESENSE_URL and TYPESENSE_API_KEY name one.
describe.each(SEARCH_SERVERS)('a collection of %s', (_, open) => {
  let pair: DatabasePair
  let server: SearchServer

  beforeEach(async () => {
    server = await open()
    pair = await createDatabasePair({ targetSql: SHOP_SCHEMA + shopRows(ALL) })
  })
  afterEach(async () => {
    await server.close()
    await pair.drop()
  })

  const onTarget = (sql: string) => pair.target.client.query(`SET search_path = public; ${sql}`)
  const index = (overrides: Partial<SearchIndexConfig> = {}, home: Partial<TypesenseHome> = {}) =>
    shopIndex({ port: 0, apiKey: '' }, overrides, {
      collection: server.collection,
      server: server.server,
      ...home,
    })
  async function expectSame() {
    const wanted = await wantedDocuments(pair)
    expect(new Map([...(await server.documents())].sort())).toEqual(new Map([...wanted].sort()))
  }
  async function fill() {
    const { search } = await runSearch(pair, [index()], { create: true })
    expect(search).toMatchObject([{ status: 'done', mode: 'rebuild', documents: ALL, indexed: ALL }])
  }

  test('is created behind an alias, then only what has changed is sent', async () => {
    await fill()
    await expectSame()
    expect(await server.aliased()).toMatch(/_\d+$/)
    const idle = await runSearch(pair, [index()])
    expect(idle.search).toMatchObject([
      { status: 'done', mode: 'update', changed: 0, indexed: 0, deleted: 0 },
    ])
    await onTarget(`UPDATE "Product" SET price = NULL WHERE id IN (5, 6); UPDATE "Offer" SET shop = 'other' WHERE product = 9;
      DELETE FROM "Product" WHERE id BETWEEN 10 AND 20; INSERT INTO "Product" VALUES (2000, E'new "\\\\ \\n Ω', 1, '{}')`)
    const { search } = await runSearch(pair, [index()])
    expect(search).toMatchObject([{ documents: ALL - 10, changed: 4, indexed: 4, rejected: 0, deleted: 11 }])
    await expectSame()
  })

  test('that somebody emptied, or wrote to, is repaired; where counts fit, when asked to', async () => {
    await fill()
    const warnings: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'warning') warnings.push(event.message)
    }
    for (const id of (await server.documents()).keys()) await server.remove(id)
    expect((await runSearch(pair, [index()], { onEvent })).search).toMatchObject([
      { status: 'done', indexed: ALL },
    ])
    await expectSame()
    expect(warnings).toEqual([
      `products: the server lacked ${ALL} documents and had 0 that mbsync did not know of`,
    ])

    await server.remove('7')
    await server.put({ id: 'foreign', title: 'x', tags: [], created: 1 })
    await server.put({
      ...((await server.documents()).get('8') as object),
      title: 'from a request that was late',
    })
    await runSearch(pair, [index()])
    expect((await server.documents()).has('foreign')).toBe(true)
    expect((await runSearch(pair, [index()], { reconcile: true, onEvent })).search).toMatchObject([
      { indexed: 2, deleted: 1 },
    ])
    await expectSame()
    expect(warnings.slice(1)).toEqual([
      'products: the server lacked 1 documents and had 1 that mbsync did not know of',
      'products: the server had 1 documents with other contents than it had acknowledged',
    ])
    expect((await runSearch(pair, [index()], { reconcile: true, onEvent })).search).toMatchObject([
      { changed: 0 },
    ])
  })

  test('that was dropped and made anew is filled again', async () => {
    await fill()
    await server.dropEverything()
    const missing = await runSearch(pair, [index()])
    expect(missing.search).toMatchObject([{ status: 'stopped', indexed: 0 }])
    expect((await runSearch(pair, [index()], { create: true })).search).toMatchObject([
      { status: 'done', indexed: ALL },
    ])
    await expectSame()
  })

  test('of another tool is used as it is, and loses what the query does not give only when allowed', async () => {
    await server.createCollection({
      name: server.collection,
      fields: [{ name: '.*', type: 'auto' }],
      enable_nested_fields: true,
    })
    for (let n = 0; n < 60; n += 1) await server.put({ id: `old ${n}`, title: 'old' })
    const asItIs = index({}, { schema: undefined })
    const stopped = await runSearch(pair, [asItIs])
    expect(stopped.search).toMatchObject([{ status: 'stopped', indexed: 0, deleted: 0 }])
    expect((await server.documents()).size).toBe(60)
    expect((await runSearch(pair, [asItIs], { allowMassDelete: true })).search).toMatchObject([
      { status: 'done', indexed: ALL, deleted: 60 },
    ])
    await expectSame()
  })

  test('keeps its documents when the query shrinks too much, or gives none', async () => {
    await fill()
    await onTarget('DELETE FROM "Product" WHERE id > 70')
    const { search } = await runSearch(pair, [index()])
    expect(search).toMatchObject([{ status: 'stopped', indexed: 0, deleted: 0 }])
    expect(search[0]?.error).toContain('30 of 100 documents (30 %) would be deleted, and 20 % is the limit')
    await onTarget('TRUNCATE "Product"')
    expect((await runSearch(pair, [index()])).search[0]?.error).toContain('returns no document')
    expect((await runSearch(pair, [index()], { rebuild: true })).search[0]?.error).toContain(
      'returns no document',
    )
    expect((await server.documents()).size).toBe(ALL)
    expect((await server.collections()).length).toBe(1)
  })

  test('is rebuilt beside the one that is searched, with what changed meanwhile, and can be switched back', async () => {
    await fill()
    const first = await server.aliased()
    let hasChanged = false
    const onEvent = (event: ProgressEvent) => {
      if (event.type !== 'documents-answered' || hasChanged) return
      hasChanged = true
      void onTarget(
        `UPDATE "Product" SET "Title" = 'meanwhile' WHERE id < 20; DELETE FROM "Product" WHERE id = 50`,
      )
    }
    const rebuilt = await runSearch(pair, [index()], { rebuild: true, onEvent })
    expect(rebuilt.search).toMatchObject([{ status: 'done', mode: 'rebuild' }])
    await runSearch(pair, [index()])
    await expectSame()
    const second = await server.aliased()
    expect(second).not.toBe(first)
    expect(new Set(await server.collections())).toEqual(new Set([first, second]))

    await rollBackIndexes(profileOf(pair), [index()], WATCH)
    expect(await server.aliased()).toBe(first)
    await runSearch(pair, [index()])
    await expectSame()

    await runSearch(pair, [index()], { rebuild: true })
    await runSearch(pair, [index()], { rebuild: true })
    expect((await server.collections()).length).toBe(2)
    await expectSame()
  })

  test('that was kept, and then dropped by hand, is forgotten by a rollback, which takes the one before', async () => {
    const kept = index({ keep: 2 })
    await runSearch(pair, [kept], { create: true })
    const first = await server.aliased()
    await runSearch(pair, [kept], { rebuild: true })
    const second = (await server.aliased()) ?? ''
    await runSearch(pair, [kept], { rebuild: true })
    await server.dropCollection(second)
    const told: string[] = []
    const context = {
      ...WATCH,
      report: (event: ProgressEvent) => {
        if (event.type === 'warning') told.push(event.message)
      },
    }
    const { indexes } = await rollBackIndexes(profileOf(pair), [kept], context)
    expect(indexes).toEqual([{ searchIndex: 'products', collection: first }])
    expect(told).toEqual([
      `products: the earlier collection ${second} no longer exists; its state is removed`,
    ])
    expect(await server.aliased()).toBe(first)
    for (const name of await server.collections()) if (name !== first) await server.dropCollection(name)
    await expect(rollBackIndexes(profileOf(pair), [kept], context)).rejects.toThrow('no earlier collection')
    expect(await server.aliased()).toBe(first)
    await expectSame()
  })

  test('that has the name of its alias is replaced by one once, which is announced', async () => {
    await server.createCollection({
      name: server.collection,
      fields: SHOP_FIELDS,
      default_sorting_field: 'created',
      enable_nested_fields: true,
    })
    const told: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'warning') told.push(event.message)
    }
    await runSearch(pair, [index()])
    await expectSame()
    expect(await server.aliased()).toBeUndefined()
    expect((await runSearch(pair, [index()], { rebuild: true, onEvent })).search).toMatchObject([
      { status: 'done' },
    ])
    expect(told.join()).toContain(server.collection)
    expect(await server.aliased()).toMatch(/_\d+$/)
    await expectSame()
    await runSearch(pair, [index()], { rebuild: true })
    expect((await server.collections()).length).toBe(2)
  })

  test('that does not fit the documents is told with every reason, and nothing is sent', async () => {
    await fill()
    const fields = [
      { name: 'title', type: 'int32' },
      { name: 'tags', type: 'string[]', facet: true },
      { name: 'created', type: 'int64' },
      { name: 'brand', type: 'string' },
    ]
    await onTarget('UPDATE "Product" SET price = 1')
    const { search } = await runSearch(pair, [
      index({}, { schema: { fields, default_sorting_field: 'created', enable_nested_fields: true } }),
    ])
    expect(search).toMatchObject([{ status: 'stopped' }])
    const told = search[0]?.findings.map(({ message }) => message).join('\n') ?? ''
    expect(told).toMatch(/title/)
    expect(told).toMatch(/brand/)
  })

  test('gets another schema by being rebuilt', async () => {
    await fill()
    const fields = SHOP_FIELDS.map((field) => (field.name === 'title' ? { ...field, locale: 'de' } : field))
    const changed = index(
      {},
      { schema: { fields, default_sorting_field: 'created', enable_nested_fields: true } },
    )
    expect((await runSearch(pair, [changed])).search).toMatchObject([{ status: 'stopped' }])
    expect((await runSearch(pair, [changed], { rebuild: true })).search).toMatchObject([{ status: 'done' }])
    expect((await runSearch(pair, [changed])).search).toMatchObject([{ status: 'done', changed: 0 }])
    await expectSame()
  })

  test('switched back keeps what was searched last when it is rebuilt again', async () => {
    await fill()
    const first = await server.aliased()
    await runSearch(pair, [index()], { rebuild: true })
    const profile = profileOf(pair)
    await rollBackIndexes(profile, [index()], WATCH)
    await runSearch(pair, [index()], { rebuild: true })
    expect(await server.collections()).toHaveLength(2)
    expect(await server.collections()).toContain(first)
  })

  test('takes a new optional field without being rebuilt', async () => {
    await fill()
    const fields = [...SHOP_FIELDS, { name: 'stock', type: 'int32', optional: true }]
    const schema = { fields, default_sorting_field: 'created', enable_nested_fields: true }
    const documents = `SELECT q.*, q.id % 3 AS stock FROM (${index().documents}) q`
    const { search } = await runSearch(pair, [index({ documents }, { schema })])
    expect(search).toMatchObject([{ status: 'done', mode: 'update', indexed: ALL }])
    expect((await server.documents()).get('5')).toMatchObject({ stock: 2 })
  })

  test('keeps documents with odd ids and odd values, and deletes them again', async () => {
    const documents = `SELECT id, value AS title, ARRAY[value] AS tags, 1 AS created, extra FROM public.odd`
    await onTarget(String.raw`CREATE TABLE odd (id text PRIMARY KEY, value text, extra json);
      INSERT INTO odd SELECT 'plain ' || i, 'v', NULL FROM generate_series(1, 100) i;
      INSERT INTO odd VALUES ('a b', 'null', '{"a": null, "b": 1}'), (E'tab\tline\nback\\', E'\x01"\\', E'{\n "a":\n [1, 2] }'),
        ('back' || chr(96) || 'tick', '', NULL), ('comma,[x]', 'ü', '"x"'), ('sl/ash?&#%', '🙂', NULL), ('null', 'NULL', '[null]')`)
    const fields = [
      { name: 'title', type: 'string' },
      { name: 'tags', type: 'string[]' },
      { name: 'created', type: 'int64' },
    ]
    const odd = index({ documents }, { schema: { fields } })
    expect((await runSearch(pair, [odd], { create: true })).search).toMatchObject([
      { status: 'done', indexed: 106 },
    ])
    const found = await server.documents()
    const { rows } = await pair.target.client.query(
      `SELECT id, jsonb_strip_nulls(to_jsonb(d)) AS document FROM (${documents}) AS d`,
    )
    expect(new Map([...found].sort())).toEqual(
      new Map(rows.map(({ id, document }): [string, unknown] => [id, document]).sort()),
    )
    expect((await runSearch(pair, [odd], { reconcile: true })).search).toMatchObject([
      { changed: 0, deleted: 0 },
    ])
    await onTarget(`DELETE FROM odd WHERE id NOT LIKE 'plain%'`)
    expect((await runSearch(pair, [odd])).search).toMatchObject([{ status: 'done', deleted: 6 }])
    expect((await server.documents()).size).toBe(100)
  })
})
