import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RowWatch, type WantSteps } from '../../src/indexing/rows/row-watch.ts'
import { withDatabase } from '../../src/postgres/database.ts'
import { seeStrangers } from '../../src/transfer/target-writes/write-counters.ts'
import { databaseOptions } from '../support/database-options.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { startMixedbread } from '../support/mixedbread/start-mixedbread.ts'
import {
  expectSameLibrary,
  LIBRARY_SCHEMA,
  libraryIndex,
  libraryRows,
  uuidOf,
} from '../support/mixedbread-index.ts'
import { runSearch } from '../support/run-search.ts'
import { runSync } from '../support/run-sync.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'
import { expectSameDocuments, SHOP_SCHEMA, sentIds, shopIndex, shopRows } from '../support/typesense-index.ts'

const ROWS = 400
const OPTIONS = { rebuild: false, reconcile: false, create: true, allowMassDelete: false }

describe('documents of changed rows alone are made again', () => {
  let pair: DatabasePair
  let server: Typesense

  beforeAll(async () => {
    server = await startTypesense()
    const sql = SHOP_SCHEMA + shopRows(ROWS)
    pair = await createDatabasePair({ sourceSql: sql, targetSql: sql })
  })
  afterAll(async () => {
    await server.close()
    await pair.drop()
  })

  const onTarget = (sql: string) => pair.target.client.query(`SET search_path = public; ${sql}`)
  const onSource = (sql: string) => pair.source.client.query(`SET search_path = public; ${sql}`)
  const PRODUCT = { table: { schema: 'public', name: 'Product' }, id: 'id' }
  const OFFER = { table: { schema: 'public', name: 'Offer' }, id: 'product' }
  const index = (keys = [PRODUCT, OFFER]) => shopIndex(server, { keys })

  /** What a run looks at: all hashes were spoilt before, so whatever the query gives is sent. */
  async function lookedAt(run: () => Promise<unknown>): Promise<readonly string[] | number> {
    await pair.target.client.query(`UPDATE mbsync.documents SET hash = '\\x00'`)
    server.requests.length = 0
    await run()
    const ids = sentIds(server).sort()
    await expectSameDocuments(pair, server)
    await settle(run)
    return ids.length > 10 ? ids.length : ids
  }
  /** A run that has seen all that was written before: rows count as changed once more while older transactions, of other tests, are under way. */
  async function settle(run: () => Promise<unknown>): Promise<void> {
    await untilSettled(pair.target.client)
    await run()
  }
  const search =
    (config = index()) =>
    async () =>
      expect((await runSearch(pair, [config], { create: true })).search).toMatchObject([{ status: 'done' }])
  const sync = async () =>
    expect((await runSync(pair, { search: { indexes: [index()], options: OPTIONS } })).search).toMatchObject([
      { status: 'done' },
    ])

  test('by the key of the table that a document is a row of', async () => {
    await settle(search())
    await onTarget(
      `UPDATE "Product" SET "Title" = 'new' WHERE id = 7; DELETE FROM "Product" WHERE id = 8; INSERT INTO "Product" VALUES (5001, 'x', 1, '{a}')`,
    )
    expect(await lookedAt(search())).toEqual(['5001', '7'])
    const { search: outcome } = await runSearch(pair, [index()])
    expect(outcome).toMatchObject([{ documents: ROWS, changed: 0, deleted: 0 }])
  })

  test('by what the rows of another table refer to, as far as they were only inserted', async () => {
    await settle(search())
    await onTarget(`INSERT INTO "Offer" VALUES (5001, 33, 'new'), (5002, 34, 'new'), (5003, NULL, 'none')`)
    expect(await lookedAt(search())).toEqual(['33', '34'])
    await onTarget(`UPDATE "Offer" SET product = 35 WHERE id = 5001`)
    expect(await lookedAt(search())).toBe(ROWS)
  })

  test('by the rows that a merge has replaced and deleted, with what they referred to before', async () => {
    await sync()
    await settle(sync)
    await onSource(
      `UPDATE "Offer" SET product = 41 WHERE id = 100; DELETE FROM "Offer" WHERE id = 120; UPDATE "Product" SET price = -1 WHERE id = 70`,
    )
    expect(await lookedAt(sync)).toEqual(['41', '50', '60', '70'])
    await onSource(`UPDATE "Offer" SET product = 42 WHERE id = 100`)
    await onTarget(`DELETE FROM "Offer" WHERE id = 130`)
    // The merge brings back what another session has deleted, and nothing has kept what that was.
    expect(await lookedAt(sync)).toBe(ROWS)
    expect(await lookedAt(sync)).toEqual([])
  })

  test('where no table is said anything of, if the query shows which one they are rows of', async () => {
    const config = shopIndex(
      server,
      { name: 'plain', documents: 'SELECT id, "Title" AS title FROM public."Product" WHERE price <> 3' },
      { collection: 'plain', schema: { fields: [{ name: 'title', type: 'string' }] } },
    )
    const run = async () => {
      server.requests.length = 0
      const { search: outcome } = await runSearch(pair, [config], { create: true })
      expect(outcome).toMatchObject([{ status: 'done' }])
      return { sent: sentIds(server).sort(), documents: outcome[0]?.documents, deleted: outcome[0]?.deleted }
    }
    const { documents = 0 } = await run()
    await pair.target.client.query(`UPDATE mbsync.documents SET hash = '\\x00'`)
    await onTarget(
      `UPDATE "Product" SET price = 3 WHERE id = 90; UPDATE "Product" SET price = 4 WHERE price = 3 AND id = 2; DELETE FROM "Product" WHERE id = 91`,
    )
    expect(await run()).toEqual({ sent: ['2'], documents: documents - 1, deleted: 2 })
    expect(server.documentsOf('plain').size).toBe(documents - 1)
  })

  test('whatever number their keys are', async () => {
    await onTarget(
      `CREATE TABLE wide (id bigint PRIMARY KEY, title text); INSERT INTO wide SELECT g, 'x' FROM generate_series(1, 20) g;
       INSERT INTO wide VALUES (-9223372036854775808, 'a'), (9223372036854775807, 'b'), (1000000000000000000, 'c')`,
    )
    const config = shopIndex(
      server,
      { name: 'wide', documents: 'SELECT id, title FROM public.wide' },
      { collection: 'wide', schema: { fields: [{ name: 'title', type: 'string' }] } },
    )
    const run = async () => (await runSearch(pair, [config], { create: true })).search
    expect(await run()).toMatchObject([{ status: 'done', documents: 23 }])
    await onTarget(
      `UPDATE wide SET title = 'y' WHERE abs(id::numeric) >= 1e18; INSERT INTO wide VALUES (-1000000000000000000, 'd')`,
    )
    expect(await run()).toMatchObject([{ status: 'done', documents: 24, changed: 4, deleted: 0 }])
    expect(server.documentsOf('wide').size).toBe(24)
  })

  test('and not at all by what statistics say, if every session has reported', async () => {
    const collection = (await pair.target.client.query('SELECT min(id) AS id FROM mbsync.search_collections'))
      .rows[0].id
    await withDatabase(databaseOptions(pair.target.url), async (target) => {
      const session = await target.session()
      const strangers = await seeStrangers(target, session)
      const seen = { ...strangers, atMs: strangers.atMs - 60_000 }
      const asked: string[] = []
      const ask = (how: string) => {
        asked.push(how)
        return { documents: ROWS }
      }
      const steps: WantSteps<{ documents: number }> = {
        countSettled: async () => ROWS,
        all: async () => ask('all'),
        some: async () => ask('some'),
      }
      const watch = () =>
        new RowWatch({
          session,
          runId: 1,
          collectionId: collection,
          sql: 'SELECT id FROM public."Product"',
          keys: [],
          idColumn: 'id',
          seen,
          harmless: target,
          recheck: 7,
        })
      const markOf = async () =>
        (
          await session.query(
            'SELECT snapshot::text, unlooked_runs FROM mbsync.search_marks WHERE collection_id = $1',
            [collection],
          )
        )[0]
      const first = watch()
      await first.want(true, steps)
      await first.remember()
      const mark = await markOf()
      await session.query('SELECT txid_current()')
      const second = watch()
      expect(await second.want(true, steps)).toEqual({ unchanged: ROWS })
      await second.remember()
      // Rows that are read give a new mark.
      expect(await markOf()).toEqual({ ...mark, unlooked_runs: 1 })
      await session.execute(`UPDATE public."Product" SET price = 1 WHERE id = 3`)
      await watch().want(true, steps)
      expect(asked).toEqual(['all', 'some'])
    })
  })
})

test('a store of Mixedbread is left alone while its rows stand as they did', async () => {
  const mixedbread = await startMixedbread()
  const pair = await createDatabasePair({ targetSql: LIBRARY_SCHEMA + libraryRows(20) })
  const run = async () => {
    await pair.target.client
      .query(`UPDATE mbsync.mixedbread_index_state SET metadata_hash = '\\x00'`)
      .catch(() => undefined)
    const { search } = await runSearch(pair, [libraryIndex(mixedbread)])
    expect(search).toMatchObject([{ status: 'done', documents: 30 }])
    return search[0]?.indexed
  }
  try {
    expect(await run()).toBe(30)
    const seen = `SELECT count(*)::int AS n FROM mbsync.mixedbread_index_state WHERE last_seen_at > $1`
    const { rows } = await pair.target.client.query('SELECT clock_timestamp() AS now')
    expect(await run()).toBe(0)
    expect((await pair.target.client.query(seen, [rows[0].now])).rows).toEqual([{ n: 30 }])
    await pair.target.client.query(`UPDATE works SET name = 'new' WHERE id = '${uuidOf(500_001)}'`)
    expect(await run()).toBe(30)
    await expectSameLibrary(pair, mixedbread)
  } finally {
    await mixedbread.close()
    await pair.drop()
  }
})
