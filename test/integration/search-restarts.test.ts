import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rollBackIndexes } from '../../src/jobs/search/roll-back-index.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSearch } from '../support/run-search.ts'
import { profileOf } from '../support/run-sync.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'
import { expectSameDocuments, SHOP_SCHEMA, sentIds, shopIndex, shopRows } from '../support/typesense-index.ts'

const WATCH = { signal: new AbortController().signal, report: () => undefined }

describe('a server that is restarted', () => {
  let pair: DatabasePair
  let server: Typesense

  beforeEach(async () => {
    server = await startTypesense()
    pair = await createDatabasePair({ targetSql: SHOP_SCHEMA + shopRows(50) })
    await runSearch(pair, [index()], { create: true })
    server.requests.length = 0
  })
  afterEach(async () => {
    await server.close()
    await pair.drop()
  })

  const index = () => shopIndex(server)
  const collections = () => [...server.collections.keys()]
  const stateOf = async () =>
    (
      await pair.target.client.query(
        'SELECT name, identity, status FROM mbsync.search_collections ORDER BY id',
      )
    ).rows

  test('is waited for until its log is replayed, and gets nothing again', async () => {
    const before = await stateOf()
    server.restart({ unready: 6, replaying: 12 })
    const steps: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'search-step') steps.push(event.step)
      if (event.type === 'warning') steps.push(event.message)
    }
    const { search } = await runSearch(pair, [index()], { onEvent })
    expect(search).toMatchObject([{ status: 'done', mode: 'update', documents: 50, indexed: 0, deleted: 0 }])
    expect(new Set(steps)).toEqual(new Set(['checking', 'waiting', 'comparing']))
    expect(sentIds(server)).toEqual([])
    expect(await stateOf()).toEqual(before)
  })

  test('and takes writes while the last of its log is replayed is known by what it shows afterwards', async () => {
    const before = await stateOf()
    server.restart({ unready: 2, replaying: 40, accepting: 30 })
    const messages: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'warning') messages.push(event.message)
    }
    const { search } = await runSearch(pair, [index()], { onEvent })
    expect(search).toMatchObject([{ status: 'done', mode: 'update', documents: 50, indexed: 0, deleted: 0 }])
    expect(messages).toEqual([])
    expect(sentIds(server)).toEqual([])
    expect(await stateOf()).toEqual(before)
  })

  test('just before a new collection is published hands its rules on', async () => {
    const rule = { root: 'shoe', synonyms: ['boot'] }
    server.collections
      .get(server.aliases.get('products') ?? '')
      ?.synonyms.set('shoes', { id: 'shoes', ...rule })
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'search-step' && event.step === 'publishing')
        server.restart({ replaying: 40, accepting: 40 })
    }
    expect((await runSearch(pair, [index()], { rebuild: true, onEvent })).search).toMatchObject([
      { status: 'done' },
    ])
    const live = server.collections.get(server.aliases.get('products') ?? '')
    expect(live?.synonyms).toEqual(new Map([['shoes', { id: 'shoes', ...rule }]]))
  })

  test('while documents are sent to it, keeps what it has acknowledged', async () => {
    await pair.target.client.query(`UPDATE public."Product" SET "Title" = 'new'`)
    let hasRestarted = false
    const onEvent = ({ type }: ProgressEvent) => {
      if (type !== 'documents-answered' || hasRestarted) return
      hasRestarted = true
      server.restart({ unready: 4, replaying: 20 })
    }
    expect((await runSearch(pair, [index()], { onEvent })).search).toMatchObject([
      { status: 'done', indexed: 50 },
    ])
    expect(sentIds(server).length).toBeLessThan(125)
    await expectSameDocuments(pair, server)
  })

  test('keeps as many replaced collections as wanted, and can be switched back', async () => {
    const first = server.aliases.get('products')
    server.restart()
    await runSearch(pair, [index()], { rebuild: true })
    const second = server.aliases.get('products')
    server.restart({ replaying: 3 })
    const { indexes } = await rollBackIndexes(profileOf(pair), [index()], WATCH)
    expect(indexes).toEqual([{ searchIndex: 'products', collection: first }])
    server.restart()
    await runSearch(pair, [index()], { rebuild: true })
    server.restart()
    await runSearch(pair, [index()], { rebuild: true })
    expect(collections()).toHaveLength(2)
    expect(collections()).not.toContain(second)
    expect((await stateOf()).map(({ name }) => name).sort()).toEqual(collections().sort())
  })

  test('is recognised by its documents where an earlier version knew it by the time of its creation', async () => {
    const live = server.collections.get(server.aliases.get('products') ?? '')
    const forget = async () => {
      if (live) live.schema.metadata = { team: 'shop' }
      await pair.target.client.query(
        'UPDATE mbsync.search_collections SET identity = $1, written_xid = txid_current()',
        [String(live?.createdAt)],
      )
      server.restart()
    }
    await forget()
    expect((await runSearch(pair, [index()])).search).toMatchObject([{ status: 'done', indexed: 0 }])
    expect(live?.schema.metadata).toEqual({ team: 'shop', mbsync: (await stateOf())[0]?.identity })

    await forget()
    server.removeDocument('products', '7')
    server.putDocument('products', { id: 'foreign' })
    expect((await runSearch(pair, [index()])).search).toMatchObject([
      { status: 'done', indexed: 50, deleted: 1 },
    ])
    await expectSameDocuments(pair, server)
  })

  test('and whose collection was made again under its name by something else gets all documents', async () => {
    const name = server.aliases.get('products') ?? ''
    const old = server.collections.get(name)
    server.collections.delete(name)
    const again = server.createCollection({ ...old?.schema, metadata: {}, name })
    for (const [id, { document }] of old?.documents ?? [])
      again.documents.set(id, { document: { ...document, title: 'other' }, text: '' })
    expect((await runSearch(pair, [index()])).search).toMatchObject([{ status: 'done', indexed: 50 }])
    await expectSameDocuments(pair, server)
  })

  test('that is not ready for longer than wanted fails the index, and the next run goes on', async () => {
    server.restart({ unready: 10_000 })
    const { home } = index()
    if (home.type !== 'typesense' || 'problem' in home.server) throw new Error('unreachable')
    const impatient = shopIndex(server, {}, { server: { ...home.server, readyMs: 50 } })
    const { search } = await runSearch(pair, [impatient])
    expect(search).toMatchObject([{ status: 'failed', indexed: 0 }])
    expect(search[0]?.error).toContain('Not Ready or Lagging')
    server.restart()
    expect((await runSearch(pair, [index()])).search).toMatchObject([{ status: 'done', indexed: 0 }])
  })
})
