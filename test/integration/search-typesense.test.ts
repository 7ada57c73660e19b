import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SearchIndexConfig } from '../../src/config/config.ts'
import { forgetIndex } from '../../src/jobs/search/forget-index.ts'
import { listRejected } from '../../src/jobs/search/rejected-documents.ts'
import { status } from '../../src/jobs/status.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSearch, searchIndexOf } from '../support/run-search.ts'
import { profileOf, runSync } from '../support/run-sync.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'
import {
  expectSameDocuments,
  SHOP_QUERY,
  SHOP_SCHEMA,
  sentIds,
  shopIndex,
  shopRows,
} from '../support/typesense-index.ts'

/** Who waits for an advisory lock of this database. */
const WAITING_FOR =
  'SELECT FROM pg_locks WHERE NOT granted AND objid = $1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())'

/** Documents, in ten batches. */
const ALL = 100
const WATCH = { signal: new AbortController().signal, report: () => undefined }

describe('a Typesense collection', () => {
  let pair: DatabasePair
  let server: Typesense

  beforeEach(async () => {
    server = await startTypesense()
    pair = await createDatabasePair({ targetSql: SHOP_SCHEMA + shopRows(ALL) })
  })
  afterEach(async () => {
    await server.close()
    await pair.drop()
  })

  const onTarget = (sql: string) => pair.target.client.query(`SET search_path = public; ${sql}`)
  const concrete = () => server.aliases.get('products')
  async function fill() {
    const { search } = await runSearch(pair, [shopIndex(server)], { create: true })
    expect(search).toMatchObject([{ status: 'done', mode: 'rebuild', documents: ALL, indexed: ALL }])
    server.requests.length = 0
  }

  test('is brought up to date at the end of a sync, which is done whatever becomes of it', async () => {
    const own = await createDatabasePair({ sourceSql: SHOP_SCHEMA + shopRows(30), targetSql: SHOP_SCHEMA })
    const options = { rebuild: false, reconcile: false, create: true, allowMassDelete: false }
    const search = { indexes: [shopIndex(server)], options }
    expect((await runSync(own, { search })).search).toMatchObject([{ status: 'done', indexed: 30 }])
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

  test('is left as it is when another run has taken the lock after the merge, and the database is done', async () => {
    const own = await createDatabasePair({ sourceSql: SHOP_SCHEMA + shopRows(30), targetSql: SHOP_SCHEMA })
    const other = await connect(own.target.url)
    // The view is refreshed after the merge, and its query waits until the test lets it.
    await own.target.client.query(
      'CREATE MATERIALIZED VIEW titles AS SELECT p."Title" FROM public."Product" p, (SELECT pg_advisory_xact_lock(42)) w; SELECT pg_advisory_lock(42)',
    )
    const lock = { classid: 0x6d627379, objid: 0x6e63 }
    const onEvent = async (event: ProgressEvent) => {
      if (event.type !== 'phase' || event.phase !== 'finish') return
      // The other is next in line before the run loses the lock, so the run can not be quicker to take it again.
      const taken = other.query('SELECT pg_advisory_lock($1, $2)', [lock.classid, lock.objid])
      await expect
        .poll(async () => (await own.target.client.query(WAITING_FOR, [lock.objid])).rowCount, {
          timeout: 20_000,
        })
        .toBe(1)
      await own.target.client.query(
        'SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE granted AND objid = $1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())',
        [lock.objid],
      )
      await taken
      await own.target.client.query('SELECT pg_advisory_unlock(42)')
    }
    const options = { rebuild: false, reconcile: false, create: true, allowMassDelete: false }
    const search = { indexes: [shopIndex(server)], options }
    const run = await runSync(own, { search, onEvent: (event) => void onEvent(event) })
    expect(run.tables.find(({ table }) => table.name === 'Product')).toMatchObject({ inserted: 30 })
    expect(run.search).toMatchObject([{ searchIndex: 'products', status: 'failed', indexed: 0 }])
    expect(run.search[0]?.error).toMatch(/the database is done.*Another run holds the lock/)
    const { rows } = await own.target.client.query(
      'SELECT r.status, s.error FROM mbsync.runs r JOIN mbsync.run_searches s ON s.run_id = r.id',
    )
    expect(rows).toEqual([{ status: 'succeeded', error: run.search[0]?.error }])
    expect((await own.target.client.query('SELECT FROM public."Product"')).rowCount).toBe(30)
    await other.end()
    expect((await runSync(own, { search })).search).toMatchObject([{ status: 'done', indexed: 30 }])
    await own.drop()
  })

  test('gets all documents again where the target was restored from a dump, with its older state', async () => {
    await fill()
    // What a restore leaves: rows and state as they were, in rows that other transactions have written.
    await onTarget('CREATE TABLE kept AS TABLE mbsync.documents')
    await onTarget(`UPDATE "Product" SET "Title" = 'newer' WHERE id = 1; DELETE FROM "Product" WHERE id = 2`)
    await runSearch(pair, [shopIndex(server)])
    await onTarget(`UPDATE "Product" SET "Title" = 'title 1' WHERE id = 1; INSERT INTO "Product" VALUES (2, 'title 2', 3, '{}');
      DELETE FROM mbsync.documents; INSERT INTO mbsync.documents TABLE kept; DROP TABLE kept;
      UPDATE mbsync.search_collections SET status = status`)
    server.putDocument('products', { id: '5000' })
    const told: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'warning') told.push(event.message)
    }
    const { search } = await runSearch(pair, [shopIndex(server)], { onEvent })
    expect(search).toMatchObject([{ status: 'done', mode: 'update', indexed: ALL, deleted: 1 }])
    expect(told[0]).toBe(
      'products: the target was restored or copied since the last run, so all documents are sent again',
    )
    await expectSameDocuments(pair, server)
    expect((await runSearch(pair, [shopIndex(server)])).search).toMatchObject([{ changed: 0 }])
  })

  test('of another target, which a copied one knows, is not taken by an alias of its own', async () => {
    await fill()
    const [first, documents] = [concrete(), new Map(server.collections.get(concrete() ?? '')?.documents)]
    await onTarget(
      `UPDATE mbsync.search_collections SET target_identity = 'of the other one'; DELETE FROM "Product" WHERE id < 50`,
    )
    const copy = shopIndex(server, {}, { collection: 'copied' })
    const missing = await runSearch(pair, [copy])
    expect(JSON.stringify(missing.search)).not.toContain('is still there')
    const { search } = await runSearch(pair, [copy], { create: true })
    expect(search).toMatchObject([{ status: 'done', mode: 'rebuild', indexed: ALL - 49 }])
    expect(server.aliases.get('copied')).toMatch(/^copied_/)
    for (let again = 0; again < 2; again++) await runSearch(pair, [copy], { rebuild: true })
    expect(concrete()).toBe(first)
    expect(server.collections.get(first ?? '')?.documents).toEqual(documents)
  })

  test('takes what it can: rejected documents are listed, and sent again until they fit', async () => {
    await fill()
    server.faults.always({
      kind: 'reject',
      rejects: (document) => (Number(document.id) % 10 === 0 ? 'Field `title` is odd.' : undefined),
    })
    await onTarget(`UPDATE "Product" SET "Title" = 'secret ' || id`)
    const folder = mkdtempSync(join(tmpdir(), 'mbsync-rejected-'))
    const output = join(folder, 'rejected.ndjson')
    for (const changed of [ALL, 10]) {
      const { search } = await runSearch(pair, [shopIndex(server)])
      expect(search).toMatchObject([{ status: 'rejected', changed, indexed: changed - 10, rejected: 10 }])
    }
    const listed = await listRejected(profileOf(pair), [shopIndex(server)], { limit: 3, output }, WATCH)
    expect(listed.indexes[0]?.documents).toEqual(
      ['10', '100', '20'].map((id) => ({ id, error: 'Field `title` is odd.', runId: 3 })),
    )
    const lines = readFileSync(output, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toHaveLength(10)
    expect(lines[0]).toMatchObject({ search_index: 'products', id: '10', document: { title: 'secret 10' } })
    rmSync(folder, { recursive: true })
    server.faults.clear()
    expect((await runSearch(pair, [shopIndex(server)])).search).toMatchObject([
      { status: 'done', indexed: 10 },
    ])
    await expectSameDocuments(pair, server)
  })

  test('loses what it can, whatever the ids of other documents are and the server says of them', async () => {
    await fill()
    const odd = [`nul${'\0'}`, 'half \ud83d', 'x'.repeat(3000)]
    for (const id of [...odd, 'foreign']) server.putDocument('products', { id })
    server.faults.always({
      kind: 'reject',
      rejects: ({ id }) => (id === '1' ? `Field \`title\`${'\0'} is odd.` : undefined),
    })
    await onTarget(
      `UPDATE "Product" SET "Title" = 'new' WHERE id = 1; INSERT INTO "Product" VALUES (2000, 'x', 1, '{}'); DELETE FROM "Product" WHERE id = 2`,
    )
    const told: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'warning') told.push(event.message)
    }
    const { search } = await runSearch(pair, [shopIndex(server)], { reconcile: true, onEvent })
    expect(search).toMatchObject([{ status: 'stopped', indexed: 1, rejected: 1, deleted: 2 }])
    expect(told[0]).toBe(
      'products: the server has 3 documents whose ids mbsync can neither have written nor delete',
    )
    expect([...server.documentsOf('products').keys()].filter((id) => Number.isNaN(Number(id)))).toEqual(odd)
    const { rows } = await pair.target.client.query(
      `SELECT id, error FROM mbsync.documents WHERE status = 'rejected'`,
    )
    expect(rows).toEqual([{ id: '1', error: 'Field `title` is odd.' }])
  })

  test('of an index that has become another one is left where it is, told by the status, and forgotten when asked to', async () => {
    await fill()
    const first = concrete() ?? ''
    const profile = profileOf(pair)
    const folder = mkdtempSync(join(tmpdir(), 'mbsync-stray-'))
    const file = join(folder, 'products.ndjson')
    const asFile = searchIndexOf({ type: 'ndjson', file }, SHOP_QUERY)
    const renamed = shopIndex(server, {}, { collection: 'items' })
    const straysOf = async (config: SearchIndexConfig) => {
      const searchIndexes = new Map([[config.name, config]])
      return (await status(profile, { profile: undefined, limit: 1, searchIndexes }, WATCH)).strays
    }
    expect(await straysOf(shopIndex(server))).toEqual([])
    for (const config of [asFile, renamed]) {
      for (let run = 0; run < 3; run += 1)
        expect((await runSearch(pair, [config], { rebuild: true })).search).toMatchObject([
          { status: 'done' },
        ])
    }
    expect(server.collections.has(first)).toBe(true)
    expect([...server.collections.keys()].filter((name) => name.startsWith('items_'))).toHaveLength(2)
    expect(await straysOf(renamed)).toEqual([{ searchIndex: 'products', collections: [file, first] }])
    const other = { ...renamed, name: 'items' }
    expect((await straysOf(other))[0]?.collections).toHaveLength(4)
    const configured = new Map([['products', renamed]])
    expect((await forgetIndex(profile, 'products', configured, WATCH)).collections).toHaveLength(2)
    await expect(forgetIndex(profile, 'products', configured, WATCH)).rejects.toThrow('nothing to forget')
    await expect(forgetIndex(profile, 'product', configured, WATCH)).rejects.toThrow(
      'no search index product',
    )
    expect(await straysOf(renamed)).toEqual([])
    expect((await runSearch(pair, [renamed])).search).toMatchObject([{ status: 'done', changed: 0 }])
    expect(server.collections.has(first)).toBe(true)
    rmSync(folder, { recursive: true })
  })

  test('that does not exist yet is told as a new one, also where it is not finished', async () => {
    server.faults.always({ kind: 'reset-after', on: 'import' })
    const failed = await runSearch(pair, [shopIndex(server)], { create: true })
    expect(failed.search).toMatchObject([{ status: 'failed', mode: 'rebuild' }])
  })

  test('of a query without rows is created empty where that is meant', async () => {
    await onTarget('TRUNCATE "Product"')
    const options = { create: true, allowMassDelete: true }
    expect((await runSearch(pair, [shopIndex(server)], options)).search).toMatchObject([
      { status: 'done', mode: 'rebuild', documents: 0 },
    ])
    expect(server.documentsOf('products').size).toBe(0)
  })

  test('with too many rejects in its rebuilt form, stays as it is, and leaves nothing behind', async () => {
    await fill()
    const before = concrete()
    server.faults.always({
      kind: 'reject',
      rejects: (document) => (Number(document.id) < 5 ? 'No.' : undefined),
    })
    const { search } = await runSearch(pair, [shopIndex(server)], { rebuild: true })
    expect(search).toMatchObject([{ status: 'stopped', rejected: 4 }])
    expect(search[0]?.error).toContain('rejected 4 of 100 documents')
    expect([...server.collections.keys()]).toEqual([before])
    expect(concrete()).toBe(before)
  })

  test('goes on with what it may not tidy up, and says which rejected documents are still found as they were', async () => {
    await fill()
    const leftover = 'products_20260101000000000'
    server.createCollection({ name: leftover, fields: [{ name: 'title', type: 'string' }] })
    await onTarget(`INSERT INTO mbsync.search_collections (search_index, type, name, identity, fingerprint, status, target_identity, written_xid)
      SELECT search_index, type, '${leftover}', '', fingerprint, 'building', target_identity, txid_current() FROM mbsync.search_collections;
      UPDATE "Product" SET "Title" = NULL WHERE id = 7; UPDATE "Product" SET "Title" = 'new' WHERE id = 8;
      INSERT INTO "Product" VALUES (5000, NULL, 1, '{}')`)
    const actions = ['get', 'update'].map((action) => `collections:${action}`)
    const documents = ['import', 'delete', 'export'].map((action) => `documents:${action}`)
    const { value } = server.addKey({
      actions: ['debug:list', ...actions, ...documents],
      collections: ['products', 'products_.*'],
    })
    const told: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'warning') told.push(event.message)
    }
    const { search } = await runSearch(pair, [shopIndex({ ...server, apiKey: value })], { onEvent })
    const message = 'searches still find 1 of the rejected documents as the server accepted them before'
    expect(search).toMatchObject([
      {
        status: 'rejected',
        indexed: 1,
        rejected: 2,
        error: undefined,
        findings: [{ severity: 'note', message }],
      },
    ])
    expect(told).toEqual([expect.stringMatching(`the collection ${leftover}, .* stays on the server`)])
    expect(server.documentsOf('products').get('7')).toMatchObject({ title: 'title 7' })
    const { rows } = await pair.target.client.query(
      'SELECT findings FROM mbsync.run_searches ORDER BY run_id DESC LIMIT 1',
    )
    expect(rows).toMatchObject([{ findings: [{ message }] }])
    expect((await runSearch(pair, [shopIndex(server)])).search).toMatchObject([{ status: 'rejected' }])
    expect(server.collections.has(leftover)).toBe(false)
  })

  test('whose alias was deleted is told apart from one that was dropped, and taken up again', async () => {
    await fill()
    const live = concrete() ?? ''
    server.collections.get(live)?.synonyms.set('sea', { id: 'sea', synonyms: ['ocean'] })
    server.aliases.delete('products')
    const { search } = await runSearch(pair, [shopIndex(server)])
    expect(search).toMatchObject([{ status: 'stopped' }])
    expect(search[0]?.findings.map(({ message }) => message)).toEqual([
      `The alias is missing; the collection ${live} that it led to is still there`,
    ])
    expect((await runSearch(pair, [shopIndex(server)], { create: true })).search).toMatchObject([
      { status: 'done', mode: 'update', indexed: 0 },
    ])
    expect(concrete()).toBe(live)
    server.aliases.delete('products')
    expect((await runSearch(pair, [shopIndex(server)], { rebuild: true })).search).toMatchObject([
      { status: 'done', mode: 'rebuild' },
    ])
    expect(server.collections.get(concrete() ?? '')?.synonyms.size).toBe(1)
    server.aliases.delete('products')
    server.collections.clear()
    const dropped = await runSearch(pair, [shopIndex(server)])
    expect(dropped.search[0]?.findings.map(({ message }) => message)).toEqual([
      'The collection does not exist',
    ])
  })

  test('is not begun to be rebuilt with a key that may not lead searches to it', async () => {
    await fill()
    const actions = [
      'collections:*',
      'documents:*',
      'synonyms:*',
      'overrides:*',
      'aliases:get',
      'aliases:list',
    ]
    const { value } = server.addKey({ actions: [...actions, 'aliases:create'], collections: ['products.*'] })
    const index = shopIndex({ port: server.port, apiKey: value })
    const { search } = await runSearch(pair, [index], { rebuild: true })
    expect(search).toMatchObject([{ status: 'stopped', indexed: 0 }])
    expect(search[0]?.findings.map(({ message }) => message)).toEqual([
      'The API key is unknown or lacks aliases:upsert',
    ])
    expect([...server.collections.keys()]).toEqual([concrete()])
    expect(sentIds(server)).toEqual([])
    expect((await runSearch(pair, [index])).search).toMatchObject([{ status: 'done' }])
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

  test('rebuilt by a run that died while it caught up is gone on with, also where rows went back to what they were', async () => {
    await fill()
    let plans = 0
    const onEvent = ({ type }: ProgressEvent) => {
      if (type === 'documents-answered' && plans === 1)
        void onTarget(`UPDATE "Product" SET "Title" = 'for a moment' WHERE id = 3`)
      if (type !== 'documents-planned') return
      plans += 1
      if (plans === 2) server.faults.next({ kind: 'reset-after', on: 'import' }, 50)
    }
    const died = await runSearch(pair, [shopIndex(server)], { rebuild: true, onEvent })
    expect(died.search).toMatchObject([{ status: 'failed' }])
    server.faults.clear()
    await onTarget(`UPDATE "Product" SET "Title" = 'title 3' WHERE id = 3`)
    expect((await runSearch(pair, [shopIndex(server)], { rebuild: true })).search).toMatchObject([
      { status: 'done', mode: 'rebuild' },
    ])
    await expectSameDocuments(pair, server)
    expect(server.collections.size).toBe(2)
  })

  test('rebuilt by several runs that died is gone on with by each, unless somebody dropped it meanwhile', async () => {
    await fill()
    let answered = 0
    const dies = async () => {
      const onEvent = (event: ProgressEvent) => {
        if (event.type !== 'documents-answered') return
        answered += event.indexed
        server.faults.next({ kind: 'reset-after', on: 'import' }, 50)
      }
      const died = await runSearch(pair, [shopIndex(server)], { rebuild: true, onEvent })
      expect(died.search).toMatchObject([{ status: 'failed' }])
      server.faults.clear()
    }
    await dies()
    const begun = [...server.collections.keys()].find((name) => name !== concrete()) ?? ''
    await dies()
    expect([...server.collections.keys()]).toContain(begun)
    server.requests.length = 0
    const finished = await runSearch(pair, [shopIndex(server)], { rebuild: true })
    expect(finished.search).toMatchObject([{ status: 'done', indexed: ALL - answered }])
    expect(concrete()).toBe(begun)
    await dies()
    for (const name of server.collections.keys())
      if (name !== begun && name !== concrete()) server.collections.delete(name)
    expect((await runSearch(pair, [shopIndex(server)], { rebuild: true })).search).toMatchObject([
      { status: 'done', indexed: ALL },
    ])
    await expectSameDocuments(pair, server)
  })

  test.each([
    ['import', 'documents-answered', `UPDATE "Product" SET "Title" = 'new'`],
    ['delete', 'documents-deleted', 'DELETE FROM "Product" WHERE id <= 950'],
  ] as const)(
    'is left alone as soon as the session with the run lock is lost: %s',
    async (on, answered, sql) => {
      // So many that it takes several pages of ids.
      const large = shopIndex(server, {}, { batch: { documents: 100, bytes: 1_000_000 } })
      await onTarget(
        `INSERT INTO "Product" SELECT i, 'title ' || i, 1, '{}' FROM generate_series(${ALL + 1}, 1000) i`,
      )
      await runSearch(pair, [large], { create: true })
      server.requests.length = 0
      await onTarget(sql)
      let hasKilled = false
      const onEvent = ({ type }: ProgressEvent) => {
        if (type !== answered || hasKilled) return
        hasKilled = true
        void onTarget(
          `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        )
      }
      server.faults.always({ kind: 'slow', delayMs: 100, on, isAppliedFirst: true })
      const options = { onEvent, allowMassDelete: true }
      const lost = await runSearch(pair, [large], options).catch((error: unknown) => error)
      expect(JSON.stringify(lost instanceof Error ? lost.message : lost)).toMatch(/connection|terminat/i)
      expect(sentIds(server).length).toBeLessThan(1000)
      // Without the look, only what follows the last page of ids would stay.
      if (on === 'delete') expect(server.documentsOf('products').size).toBeGreaterThan(100)
      server.faults.clear()
      expect((await runSearch(pair, [large], { allowMassDelete: true })).search).toMatchObject([
        { status: 'done' },
      ])
      await expectSameDocuments(pair, server)
    },
  )

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
  })
})
