import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SearchIndexConfig } from '../../src/config/config.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSearch, searchIndexOf } from '../support/run-search.ts'
import { runSync } from '../support/run-sync.ts'

const SCHEMA = `CREATE TABLE "Product" (id uuid PRIMARY KEY, "Title" text, price numeric, tags text[], note text);
  CREATE TABLE "Offer" (id int PRIMARY KEY, product uuid, shop text);`
const ROWS = `
  INSERT INTO "Product" SELECT md5(i::text)::uuid, E'Titel\\n\\t"' || i || E'\\\\', i * 1.10, ARRAY['a', NULL], NULL FROM generate_series(1, 500) i;
  INSERT INTO "Offer" SELECT i, md5((i % 500 + 1)::text)::uuid, 'shop ' || i FROM generate_series(1, 1000) i;`
const QUERY = `SELECT p.*, (SELECT jsonb_agg(jsonb_build_object('shop', o.shop) ORDER BY o.id) FROM public."Offer" o WHERE o.product = p.id) AS offers
  FROM public."Product" p; -- every product`

describe('an index that is a file', () => {
  let pair: DatabasePair
  let folder: string
  let file: string
  let index: SearchIndexConfig

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-search-'))
    file = join(folder, 'products.ndjson')
    index = searchIndexOf({ type: 'ndjson', file }, QUERY.replace('; --', ' --'))
    pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
  })
  afterEach(async () => {
    await pair.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  const documents = () =>
    new Map(
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map((document) => [document.id, document]),
    )

  test('is written after a sync, with what the query gives', async () => {
    const options = { rebuild: false, reconcile: false, create: false, allowMassDelete: false }
    const { search } = await runSync(pair, { search: { indexes: [index], options } })
    expect(search).toMatchObject([{ searchIndex: 'products', status: 'done', documents: 500, indexed: 500 }])
    const written = documents()
    expect(written.size).toBe(500)
    const { rows } = await pair.target.client.query(
      `SELECT jsonb_strip_nulls(to_jsonb(q))::text AS document FROM (${index.documents}
) q`,
    )
    for (const { document } of rows)
      expect(written.get(JSON.parse(document).id)).toEqual(JSON.parse(document))
    expect(existsSync(`${file}.partial`)).toBe(false)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('is written anew by each run, and stays as it was when one fails', async () => {
    await runSync(pair)
    await runSearch(pair, [index])
    await pair.target.client.query(
      `DELETE FROM "Product" WHERE price < 50; UPDATE "Product" SET "Title" = 'new' WHERE price > 500`,
    )
    expect((await runSearch(pair, [index])).search).toMatchObject([{ status: 'done', documents: 455 }])
    expect(documents().size).toBe(455)
    const before = readFileSync(file)
    await pair.target.client.query('DELETE FROM "Product" WHERE price < 300')
    const stopped = await runSearch(pair, [index])
    expect(stopped.search).toMatchObject([{ status: 'stopped', indexed: 0 }])
    expect(stopped.search[0]?.error).toContain(
      'of 455 documents (50 %) would be deleted, and 20 % is the limit',
    )
    await pair.target.client.query('TRUNCATE "Product"')
    expect((await runSearch(pair, [index])).search[0]?.error).toContain('the query returns no document')
    expect(readFileSync(file)).toEqual(before)
    expect((await runSearch(pair, [index], { allowMassDelete: true })).search).toMatchObject([
      { status: 'done' },
    ])
    expect(readFileSync(file, 'utf8')).toBe('')
    expect(existsSync(`${file}.partial`)).toBe(false)
  })

  test('may be a symbolic link, also to what is not there yet: the file that it leads to is written', async () => {
    await runSync(pair)
    const [real, link] = [join(folder, 'elsewhere', 'real.ndjson'), join(folder, 'link')]
    mkdirSync(join(folder, 'elsewhere'))
    symlinkSync(join('elsewhere', 'real.ndjson'), link)
    symlinkSync('link', file)
    for (const documents of [500, 455]) {
      expect((await runSearch(pair, [index])).search).toMatchObject([{ status: 'done', documents }])
      expect([lstatSync(file), lstatSync(link)].every((found) => found.isSymbolicLink())).toBe(true)
      expect(lstatSync(real).isFile()).toBe(true)
      await pair.target.client.query('DELETE FROM "Product" WHERE price < 50')
    }
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual(['real.ndjson'])
    rmSync(link)
    symlinkSync('products.ndjson', link)
    expect((await runSearch(pair, [index])).search).toMatchObject([{ status: 'done' }])
    expect(readdirSync(folder).sort()).toEqual(['elsewhere', 'link', 'products.ndjson'])
  })

  test('has ids of any collation and columns of any name', async () => {
    await runSync(pair)
    const odd = `SELECT ('x' || i) COLLATE "POSIX" AS id, true AS named, i AS document, i AS source FROM generate_series(1, 9) i`
    expect((await runSearch(pair, [{ ...index, documents: odd }])).search).toMatchObject([{ status: 'done' }])
    expect(documents().get('x3')).toEqual({ id: 'x3', named: true, document: 3, source: 3 })
  })

  test('has a query that is one SELECT, and can neither write nor reach beyond itself', async () => {
    await runSync(pair)
    const gone = 'DELETE FROM public."Product"'
    for (const query of [
      `SELECT 1 AS id); ${gone}; SELECT * FROM (SELECT 1 AS id`,
      'SELECT 1 AS id) AS first, (SELECT 2 AS other',
      'SELECT 1 AS id) AS first LIMIT 0 --',
      `SELECT 1 AS id; ${gone}`,
      'SELECT 1 AS id; -- the first',
      'SELECT 1 AS id;;',
      `${gone} RETURNING id`,
      `WITH gone AS (${gone} RETURNING id) SELECT id FROM gone`,
      'SELECT 1 AS id INTO public.made',
      'TRUNCATE public."Product"',
    ]) {
      const { search } = await runSearch(pair, [{ ...index, documents: query }])
      expect(search, query).toMatchObject([{ status: 'stopped' }])
      expect(search[0]?.error).toContain('the query does not run: staging: ')
    }
    const { rowCount } = await pair.target.client.query('SELECT FROM public."Product"')
    expect(rowCount).toBe(500)
    expect(existsSync(file)).toBe(false)
  })

  test('has what only a text of JSON can hold as it is, without its nulls', async () => {
    await runSync(pair)
    const values = [
      String.raw`{"nul": "\u0000", "no": null}`,
      String.raw`{"half": "\ud83d", "\udc00": [null], "no": null}`,
      String.raw`{"path": "C:\\users\\\u0000", "no": null, "\"": "\ud83d\ude00"}`,
      `{"del": "\x7f\x7fu0000\x7fb", "path": "\\\\\x7f\\u0000", "no": null}`,
      '{\n "no": null,\n "lines": ["a"]\n}',
    ]
    await pair.target.client.query('CREATE TABLE public.texts (id int, value json)')
    for (const [id, value] of values.entries())
      await pair.target.client.query('INSERT INTO public.texts VALUES ($1, $2)', [id, value])
    const { search } = await runSearch(pair, [
      { ...index, documents: 'SELECT id, value, NULL AS nothing FROM public.texts' },
    ])
    expect(search).toMatchObject([{ status: 'done', indexed: values.length }])
    const wanted = values.map((value, id) => {
      const { no: _, ...rest } = JSON.parse(value)
      return [String(id), { id: String(id), value: rest }]
    })
    expect([...documents()]).toEqual(wanted)
  })

  test.each([
    [
      'two documents have the same id',
      'SELECT 1 AS id FROM generate_series(1, 2)',
      'more than one document with the same id',
    ],
    ['a document has no id', 'SELECT NULL::int AS id', '1 document without an id'],
    ['an id is too long', `SELECT repeat('x', 2501) AS id`, '1 document with ids of more than 2500 bytes'],
    ['the query has no id', 'SELECT 1 AS "Id"', 'the search index cannot take the documents'],
    ['the query does not run', 'SELECT * FROM nowhere', 'the query does not run'],
    [
      'the query fails half way',
      'SELECT i AS id, 1 / (i - 3) AS x FROM generate_series(1, 5) i',
      'division by zero',
    ],
  ])('is left alone when %s', async (_, documentsSql, message) => {
    await runSync(pair)
    const { search } = await runSearch(pair, [
      { ...index, documents: documentsSql },
      { ...index, name: 'other' },
    ])
    expect(search.map(({ searchIndex, status }) => [searchIndex, status === 'done'])).toEqual([
      ['products', false],
      ['other', true],
    ])
    const [{ error, findings }] = search as [(typeof search)[number]]
    expect(`${error} ${findings.map((finding) => finding.message).join(' ')}`).toContain(message)
    const { rows } = await pair.target.client.query(
      `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'mbsync_landing'::regnamespace`,
    )
    expect(rows[0].n).toBe(0)
  })
})
