import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ProgressEvent } from '../../src/core/progress.ts'
import { listRejected } from '../../src/jobs/rejected-documents.ts'
import { rollBackIndexes } from '../../src/jobs/roll-back-index.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSearch } from '../support/run-search.ts'
import { profileOf, runSync } from '../support/run-sync.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'
import {
  expectSameDocuments,
  SHOP_FIELDS,
  SHOP_SCHEMA,
  sentIds,
  shopIndex,
  shopRows,
} from '../support/typesense-index.ts'

const WATCH = { signal: new AbortController().signal, report: () => undefined }

describe('a Typesense collection', () => {
  let pair: DatabasePair
  let server: Typesense

  beforeEach(async () => {
    server = await startTypesense()
    pair = await createDatabasePair({ targetSql: SHOP_SCHEMA + shopRows(1000) })
  })
  afterEach(async () => {
    await server.close()
    await pair.drop()
  })

  const onTarget = (sql: string) => pair.target.client.query(`SET search_path = public; ${sql}`)
  const concrete = () => server.aliases.get('products')
  async function fill() {
    const { search } = await runSearch(pair, [shopIndex(server)], { create: true })
    expect(search).toMatchObject([{ status: 'done', mode: 'rebuild', documents: 1000, indexed: 1000 }])
    server.requests.length = 0
  }

  test('is created behind an alias, then only what has changed is sent', async () => {
    await fill()
    await expectSameDocuments(pair, server)
    expect(concrete()).toMatch(/^products_\d+/)
    const idle = await runSearch(pair, [shopIndex(server)])
    expect(idle.search).toMatchObject([
      { status: 'done', mode: 'update', changed: 0, indexed: 0, deleted: 0 },
    ])
    expect(
      server.requests.filter(({ operation }) => operation === 'import' || operation === 'delete'),
    ).toEqual([])
    await onTarget(`UPDATE "Product" SET price = NULL WHERE id IN (5, 6); UPDATE "Offer" SET shop = 'other' WHERE product = 9;
      DELETE FROM "Product" WHERE id BETWEEN 10 AND 30; INSERT INTO "Product" VALUES (2000, E'new "\\\\ \\n Ω', 1, '{}')`)
    const { search } = await runSearch(pair, [shopIndex(server)])
    expect(search).toMatchObject([{ documents: 980, changed: 4, indexed: 4, rejected: 0, deleted: 21 }])
    expect(sentIds(server).sort()).toEqual(['2000', '5', '6', '9'])
    await expectSameDocuments(pair, server)
  })

  test('is brought up to date at the end of a sync, which is done whatever becomes of it', async () => {
    const own = await createDatabasePair({ sourceSql: SHOP_SCHEMA + shopRows(300), targetSql: SHOP_SCHEMA })
    const options = { rebuild: false, reconcile: false, create: true, allowMassDelete: false }
    const search = { indexes: [shopIndex(server)], options }
    expect((await runSync(own, { search })).search).toMatchObject([{ status: 'done', indexed: 300 }])
    await expectSameDocuments(own, server)
    await server.close()
    await own.source.client.query('DELETE FROM public."Product" WHERE id = 1')
    const failed = await runSync(own, { search })
    expect(failed.tables.find(({ table }) => table.name === 'Product')).toMatchObject({ deleted: 1 })
    expect(failed.search).toMatchObject([{ status: 'stopped', indexed: 0 }])
    expect(failed.search[0]?.findings.map(({ message }) => message).join()).toContain('refused')
    const { rows } = await own.target.client.query('SELECT status FROM mbsync.runs ORDER BY id DESC LIMIT 1')
    expect(rows).toEqual([{ status: 'succeeded' }])
    await own.drop()
  })

  test('that somebody emptied, or wrote to, is repaired; where counts fit, when asked to', async () => {
    await fill()
    const warnings: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'warning') warnings.push(event.message)
    }
    for (const id of server.documentsOf('products').keys()) server.removeDocument(concrete() ?? '', id)
    expect((await runSearch(pair, [shopIndex(server)], { onEvent })).search).toMatchObject([
      { status: 'done', indexed: 1000 },
    ])
    await expectSameDocuments(pair, server)
    expect(warnings).toEqual([
      'products: the server lacked 1000 documents and had 0 that mbsync did not know of',
    ])

    server.removeDocument(concrete() ?? '', '7')
    server.putDocument(concrete() ?? '', { id: 'foreign', title: 'x', tags: [], created: 1 })
    server.requests.length = 0
    await runSearch(pair, [shopIndex(server)])
    expect(server.documentsOf('products').has('foreign')).toBe(true)
    expect((await runSearch(pair, [shopIndex(server)], { reconcile: true })).search).toMatchObject([
      { indexed: 1, deleted: 1 },
    ])
    expect(sentIds(server)).toEqual(['7'])
    await expectSameDocuments(pair, server)
  })

  test('that was dropped and made anew is filled again', async () => {
    await fill()
    server.dropEverything()
    const missing = await runSearch(pair, [shopIndex(server)])
    expect(missing.search).toMatchObject([{ status: 'stopped', indexed: 0 }])
    expect((await runSearch(pair, [shopIndex(server)], { create: true })).search).toMatchObject([
      { status: 'done', indexed: 1000 },
    ])
    await expectSameDocuments(pair, server)
  })

  test('of another tool is used as it is, and loses what the query does not give only when allowed', async () => {
    server.createCollection({
      name: 'products',
      fields: [{ name: '.*', type: 'auto' }],
      enable_nested_fields: true,
    })
    for (let n = 0; n < 600; n += 1) server.putDocument('products', { id: `old ${n}`, title: 'old' })
    const asItIs = shopIndex(server, {}, { schema: undefined })
    const stopped = await runSearch(pair, [asItIs])
    expect(stopped.search).toMatchObject([{ status: 'stopped', indexed: 0, deleted: 0 }])
    expect(server.documentsOf('products').size).toBe(600)
    expect((await runSearch(pair, [asItIs], { allowMassDelete: true })).search).toMatchObject([
      { status: 'done', indexed: 1000, deleted: 600 },
    ])
    await expectSameDocuments(pair, server)
  })

  test('keeps its documents when the query shrinks too much, or gives none', async () => {
    await fill()
    await onTarget('DELETE FROM "Product" WHERE id > 700')
    const { search } = await runSearch(pair, [shopIndex(server)])
    expect(search).toMatchObject([{ status: 'stopped', indexed: 0, deleted: 0 }])
    expect(search[0]?.error).toContain('300 of 1000 documents (30 %) would be deleted, and 20 % is the limit')
    await onTarget('TRUNCATE "Product"')
    expect((await runSearch(pair, [shopIndex(server)])).search[0]?.error).toContain('gives no document')
    expect((await runSearch(pair, [shopIndex(server)], { rebuild: true })).search[0]?.error).toContain(
      'gives no document',
    )
    expect(server.documentsOf('products').size).toBe(1000)
    expect(server.collections.size).toBe(1)
  })

  test('takes what it can: rejected documents are listed, and sent again until they fit', async () => {
    await fill()
    server.faults.always({
      kind: 'reject',
      rejects: (document) => (Number(document.id) % 100 === 0 ? 'Field `title` is odd.' : undefined),
    })
    await onTarget(`UPDATE "Product" SET "Title" = 'secret ' || id`)
    const folder = mkdtempSync(join(tmpdir(), 'mbsync-rejected-'))
    const output = join(folder, 'rejected.ndjson')
    for (const changed of [1000, 10]) {
      const { search } = await runSearch(pair, [shopIndex(server)])
      expect(search).toMatchObject([{ status: 'rejected', changed, indexed: changed - 10, rejected: 10 }])
    }
    const listed = await listRejected(profileOf(pair), [shopIndex(server)], { limit: 3, output }, WATCH)
    expect(listed.indexes[0]?.documents).toEqual(
      ['100', '1000', '200'].map((id) => ({ id, error: 'Field `title` is odd.', runId: 3 })),
    )
    const lines = readFileSync(output, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toHaveLength(10)
    expect(lines[0]).toMatchObject({ search_index: 'products', id: '100', document: { title: 'secret 100' } })
    rmSync(folder, { recursive: true })
    server.faults.clear()
    expect((await runSearch(pair, [shopIndex(server)])).search).toMatchObject([
      { status: 'done', indexed: 10 },
    ])
    await expectSameDocuments(pair, server)
  })

  test('is rebuilt beside the one that is searched, with what changed meanwhile, and can be switched back', async () => {
    await fill()
    const first = concrete()
    let hasChanged = false
    const onEvent = (event: ProgressEvent) => {
      if (event.type !== 'documents-answered' || hasChanged) return
      hasChanged = true
      expect(concrete()).toBe(first)
      void onTarget(
        `UPDATE "Product" SET "Title" = 'meanwhile' WHERE id < 20; DELETE FROM "Product" WHERE id = 500`,
      )
    }
    const rebuilt = await runSearch(pair, [shopIndex(server)], { rebuild: true, onEvent })
    expect(rebuilt.search).toMatchObject([{ status: 'done', mode: 'rebuild' }])
    await runSearch(pair, [shopIndex(server)])
    await expectSameDocuments(pair, server)
    const second = concrete()
    expect(second).not.toBe(first)
    expect(new Set(server.collections.keys())).toEqual(new Set([first, second]))

    await rollBackIndexes(profileOf(pair), [shopIndex(server)], WATCH)
    expect(concrete()).toBe(first)
    await runSearch(pair, [shopIndex(server)])
    await expectSameDocuments(pair, server)

    await runSearch(pair, [shopIndex(server)], { rebuild: true })
    await runSearch(pair, [shopIndex(server)], { rebuild: true })
    expect(server.collections.size).toBe(2)
    await expectSameDocuments(pair, server)
  })

  test('with too many rejects in its rebuilt form, stays as it is, and leaves nothing behind', async () => {
    await fill()
    const before = concrete()
    server.faults.always({
      kind: 'reject',
      rejects: (document) => (Number(document.id) < 50 ? 'No.' : undefined),
    })
    const { search } = await runSearch(pair, [shopIndex(server)], { rebuild: true })
    expect(search).toMatchObject([{ status: 'stopped', rejected: 49 }])
    expect(search[0]?.error).toContain('rejected 49 of 1000 documents')
    expect([...server.collections.keys()]).toEqual([before])
    expect(concrete()).toBe(before)
  })

  test('that has the name of its alias is replaced by one once, which is announced', async () => {
    server.createCollection({
      name: 'products',
      fields: SHOP_FIELDS,
      default_sorting_field: 'created',
      enable_nested_fields: true,
    })
    const told: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'warning') told.push(event.message)
    }
    await runSearch(pair, [shopIndex(server)])
    await expectSameDocuments(pair, server)
    expect(concrete()).toBeUndefined()
    expect((await runSearch(pair, [shopIndex(server)], { rebuild: true, onEvent })).search).toMatchObject([
      { status: 'done' },
    ])
    expect(told.join()).toContain('products')
    expect(concrete()).toMatch(/^products_/)
    await expectSameDocuments(pair, server)
    await runSearch(pair, [shopIndex(server)], { rebuild: true })
    expect(server.collections.size).toBe(2)
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
      shopIndex(
        server,
        {},
        { schema: { fields, default_sorting_field: 'created', enable_nested_fields: true } },
      ),
    ])
    expect(search).toMatchObject([{ status: 'stopped' }])
    const told = search[0]?.findings.map(({ message }) => message).join('\n') ?? ''
    expect(told).toMatch(/title/)
    expect(told).toMatch(/brand/)
    expect(sentIds(server)).toEqual([])
  })

  test('takes a new optional field without being rebuilt', async () => {
    await fill()
    const fields = [...SHOP_FIELDS, { name: 'stock', type: 'int32', optional: true }]
    const schema = { fields, default_sorting_field: 'created', enable_nested_fields: true }
    const documents = `SELECT q.*, q.id % 3 AS stock FROM (${shopIndex(server).documents}) q`
    const { search } = await runSearch(pair, [shopIndex(server, { documents }, { schema })])
    expect(search).toMatchObject([{ status: 'done', mode: 'update', indexed: 1000 }])
    expect(server.documentsOf('products').get('5')).toMatchObject({ stock: 2 })
  })

  test('is continued by the next run after an interruption, and nothing acknowledged is sent twice', async () => {
    await fill()
    await onTarget(`UPDATE "Product" SET "Title" = 'new'`)
    const controller = new AbortController()
    let answered = 0
    const onEvent = (event: ProgressEvent) => {
      if (event.type !== 'documents-answered') return
      answered += event.indexed
      controller.abort(new Error('stop'))
    }
    await expect(
      runSearch(pair, [shopIndex(server)], { onEvent, signal: controller.signal }),
    ).rejects.toThrow('stop')
    const { rows } = await pair.target.client.query(
      `SELECT id FROM mbsync.documents WHERE status = 'indexed' AND run_id = 2`,
    )
    expect(rows.length).toBeGreaterThanOrEqual(answered)
    const acknowledged = new Set(rows.map(({ id }) => id))
    server.requests.length = 0
    expect((await runSearch(pair, [shopIndex(server)])).search).toMatchObject([{ status: 'done' }])
    expect(sentIds(server).filter((id) => acknowledged.has(id))).toEqual([])
    await expectSameDocuments(pair, server)
  })

  test('gets every document again whose answer was lost, also when it went back to what it was', async () => {
    await fill()
    await onTarget(
      `UPDATE "Product" SET "Title" = 'new' WHERE id = 3; INSERT INTO "Product" VALUES (3000, 'short', 1, '{}')`,
    )
    server.faults.next({ kind: 'reset-after', on: 'import' }, 50)
    expect((await runSearch(pair, [shopIndex(server)])).search).toMatchObject([{ status: 'failed' }])
    server.faults.clear()
    expect(server.documentsOf('products').get('3')).toMatchObject({ title: 'new' })
    await onTarget(
      `UPDATE "Product" SET "Title" = 'title 3' WHERE id = 3; DELETE FROM "Product" WHERE id = 3000`,
    )
    expect((await runSearch(pair, [shopIndex(server)])).search).toMatchObject([
      { status: 'done', deleted: 1 },
    ])
    await expectSameDocuments(pair, server)
  }, 240_000)
})
