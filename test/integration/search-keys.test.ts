import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkSearch } from '../../src/jobs/search/check-search.ts'
import { withDatabase } from '../../src/postgres/database.ts'
import { databaseOptions } from '../support/database-options.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { runSearch } from '../support/run-search.ts'
import { runSync } from '../support/run-sync.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'
import { sentIds, shopIndex, wantedDocuments } from '../support/typesense-index.ts'

const SCHEMA = `
  CREATE TABLE item (id int PRIMARY KEY, parent int, name text);
  CREATE TABLE hidden (id int PRIMARY KEY, hide bool);
  CREATE TABLE offer (id int PRIMARY KEY, item int, doc text GENERATED ALWAYS AS ((item)::text) STORED);
  CREATE VIEW children AS SELECT parent, count(*) AS c FROM item GROUP BY parent;
  CREATE VIEW named AS SELECT id, name FROM item;
  INSERT INTO item SELECT i, i % 50 + 1, 'n' || i FROM generate_series(1, 500) i;
  INSERT INTO hidden SELECT i, i = 7 FROM generate_series(1, 500) i;
  INSERT INTO offer SELECT i, i FROM generate_series(1, 500) i;`

const QUIET = { signal: new AbortController().signal, report: () => undefined }

const optionsOf = ({ target: { url } }: DatabasePair) => databaseOptions(url)

const key = (name: string, id: string) => ({ table: { schema: 'public', name }, id })

describe('documents are what their query gives, whatever `keys` say and the query reads', () => {
  let pair: DatabasePair
  let server: Typesense

  beforeAll(async () => {
    server = await startTypesense()
    pair = await createDatabasePair({ sourceSql: SCHEMA, targetSql: SCHEMA })
  })
  afterAll(async () => {
    await server.close()
    await pair.drop()
  })

  const indexOf = (name: string, sql: string, keys: readonly ReturnType<typeof key>[]) =>
    shopIndex(
      server,
      { name, documents: sql, keys, maxDeletePercent: 100 },
      { collection: name, schema: { fields: [{ name: '.*', type: 'auto' }] } },
    )

  async function expectSame(name: string, sql: string): Promise<void> {
    const wanted = await wantedDocuments(pair, sql)
    expect(new Map([...server.documentsOf(name)].sort())).toEqual(new Map([...wanted].sort()))
  }

  test.each([
    [
      'without its row in another table, a document is there that was not',
      `SELECT p.id, p.name FROM public.item p LEFT JOIN public.hidden h ON h.id = p.id WHERE h.hide IS NOT TRUE`,
      [key('item', 'id'), key('hidden', 'id')],
      [
        'DELETE FROM hidden WHERE id = 7',
        'DELETE FROM item WHERE id = 11',
        'INSERT INTO hidden VALUES (7, true)',
      ],
    ],
    [
      'the same with NOT EXISTS',
      `SELECT p.id, p.name FROM public.item p WHERE NOT EXISTS (SELECT FROM public.hidden h WHERE h.id = p.id AND h.hide)`,
      [key('item', 'id'), key('hidden', 'id')],
      ['DELETE FROM hidden WHERE id = 7', `UPDATE hidden SET hide = true WHERE id = 20`],
    ],
    [
      'the same of one half of a UNION',
      `SELECT p.id, p.name FROM public.item p EXCEPT SELECT h.id, 'n' || h.id FROM public.hidden h`,
      [key('item', 'id'), key('hidden', 'id')],
      ['DELETE FROM hidden WHERE id = 30'],
    ],
    [
      'a view beside the table reads it, too',
      'SELECT t.id, t.name, v.c FROM public.item t, public.children v WHERE v.parent = t.id',
      [],
      [`INSERT INTO item VALUES (2000, 3, 'child')`, 'UPDATE item SET parent = 4 WHERE id = 450'],
    ],
    [
      'a view alone',
      'SELECT id, name FROM public.named',
      [],
      [`UPDATE item SET name = 'new' WHERE id = 60; DELETE FROM item WHERE id = 61`],
    ],
  ])('%s', async (title, sql, keys, steps) => {
    const name = `i${title.length}`
    const run = async () => {
      const { search } = await runSearch(pair, [indexOf(name, sql, keys)], { create: true })
      expect(search).toMatchObject([{ status: 'done' }])
      await expectSame(name, sql)
    }
    await run()
    for (const step of steps) {
      await untilSettled(pair.target.client)
      await run()
      await pair.target.client.query(`SET search_path = public; ${step}`)
      await run()
    }
  })

  test('keys that fail over what a merge has kept, and keys that were corrected, make all be compared', async () => {
    const sql = `SELECT p.id, (SELECT count(*) FROM public.offer o WHERE o.item = p.id) AS n FROM public.item p`
    const options = { rebuild: false, reconcile: false, create: true, allowMassDelete: false }
    const sync = async (offer: string) => {
      const indexes = [indexOf('offers', sql, [key('item', 'id'), key('offer', offer)])]
      const { search } = await runSync(pair, { search: { indexes, options } })
      expect(search).toMatchObject([{ status: 'done' }])
      return search[0]?.whyInFull
    }
    await sync('doc')
    await untilSettled(pair.target.client)
    expect(await sync('doc')).toBeUndefined()
    await pair.source.client.query('UPDATE offer SET item = 5 WHERE id = 9; DELETE FROM offer WHERE id = 30')
    expect(await sync('doc')).toMatch(/the ids that `keys` give for public.offer could not be read.*doc/)
    await expectSame('offers', sql)
    await untilSettled(pair.target.client)
    expect(await sync('doc')).toBeUndefined()
    // The ids of offers are none of products.
    expect(await sync('id')).toMatch(/`keys`.*changed/)
    await pair.source.client.query(`INSERT INTO offer VALUES (1000, 100)`)
    await sync('id')
    expect(await sync('item')).toMatch(/`keys`.*changed/)
    await expectSame('offers', sql)
  })

  test('an alias that was led to the collection of another search index is not followed', async () => {
    const configs = ['de', 'en'].map((name) =>
      indexOf(name, `SELECT id, '${name}' AS name FROM public.item`, []),
    )
    await runSearch(pair, configs, { create: true })
    const own = server.aliases.get('de') ?? ''
    const other = server.aliases.get('en') ?? ''
    server.aliases.set('de', other)
    server.requests.length = 0
    const { search } = await runSearch(pair, configs)
    expect(search).toMatchObject([{ status: 'stopped' }, { status: 'done' }])
    expect(search[0]?.error).toBe(
      `de: de leads to the collection ${other} of search index en; nothing was sent or deleted`,
    )
    expect(sentIds(server)).toEqual([])
    // A database whose state knows neither is filled from the same table.
    const unknowing = await createDatabasePair({
      targetSql: `CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item VALUES (1)`,
    })
    const misled = await runSearch(unknowing, configs.slice(0, 1))
    await unknowing.drop()
    expect(misled.search).toMatchObject([
      {
        status: 'stopped',
        error: `de: de leads to the collection ${other}, which was made for en; nothing was sent or deleted`,
      },
    ])
    expect(sentIds(server)).toEqual([])
    server.aliases.set('de', own)
    expect((await runSearch(pair, configs)).search).toMatchObject([{ status: 'done' }, { status: 'done' }])
    // Of a search index that got another name, the collection is its own by its name.
    const renamed = { ...configs[1], name: 'english' } as (typeof configs)[0]
    expect((await runSearch(pair, [renamed])).search).toMatchObject([{ status: 'done' }])
  })

  test('keys that are of no use are named by the check', async () => {
    const sql = `SELECT p.id, v.c, (SELECT count(*) FROM public.offer o WHERE o.item = p.id) AS n
      FROM public.named p LEFT JOIN public.children v ON v.parent = p.id`
    const keys = [
      key('item', 'id'),
      key('offer', 'itm'),
      key('hidden', 'id'),
      key('nosuch', 'id'),
      key('children', 'parent'),
      key('offer', '(SELECT min(o.item) FROM public.offer AS o WHERE o.id = offer.id)'),
    ]
    const index = indexOf('checked', sql, keys)
    await runSearch(pair, [index], { create: true })
    const found = await withDatabase(optionsOf(pair), (target) => checkSearch(target, [index], QUIET))
    expect(found.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      expect.stringMatching(
        /^note: the id that `keys` gives for public.offer is no SQL over its columns: .*column "itm" does not exist/,
      ),
      'note: `keys` names public.hidden, which its query does not read',
      'note: `keys` names public.nosuch, which is not there',
      'note: `keys` names public.children, which is not a table',
    ])
  })
})
